/* SPDX-License-Identifier: MIT */
/*
 * One counter of the 8254, as arithmetic over time (vpit_counter.h).
 */
#include "vmm/dev/vpit_counter.h"

#define CONTROL_BCD    1
#define CONTROL_ACCESS 0x30 /* 0 latches; low, high or both bytes */
#define STATUS_OUT     0x80
#define STATUS_NULL    0x40 /* a count is awaited */

static unsigned
vpit_access_bits(const struct vpit_counter *c)
{
	return c->control >> 4 & 3;
}

unsigned
vpit_counter_mode(const struct vpit_counter *c)
{
	unsigned mode = c->control >> 1 & 7;

	return mode > 5 ? mode & 3 : mode;
}

static uint64_t
vpit_elapsed(const struct vpit_counter *c, uint64_t now)
{
	if (c->state == VPIT_RUNNING)
		return now > c->start ? now - c->start : 0;
	return c->state == VPIT_HELD ? c->held : 0;
}

bool
vpit_counter_out(const struct vpit_counter *c, uint64_t now)
{
	uint64_t d = vpit_elapsed(c, now);

	if (c->state == VPIT_WAITING)
		return vpit_counter_mode(c) != 0;
	switch (vpit_counter_mode(c)) {
	case 2:
		return c->state == VPIT_HELD || d % c->count != c->count - 1;
	case 3:
		return c->state == VPIT_HELD ||
			d % c->count < (c->count + 1) / 2;
	case 4:
	case 5:
		return d != c->count;
	default:
		return d >= c->count;
	}
}

uint64_t
vpit_counter_next_edge(const struct vpit_counter *c, uint64_t now)
{
	uint64_t d = vpit_elapsed(c, now), at = c->count;

	if (c->state != VPIT_RUNNING)
		return VPIT_NO_EDGE;
	switch (vpit_counter_mode(c)) {
	case 2:
	case 3:
		return c->start + (d / c->count + 1) * c->count;
	case 4:
	case 5:
		at++;
	}
	return d < at ? c->start + at : VPIT_NO_EDGE;
}

static uint16_t
vpit_value(const struct vpit_counter *c, uint64_t now)
{
	uint64_t d = vpit_elapsed(c, now);
	unsigned range = c->control & CONTROL_BCD ? 10000 : VPIT_COUNT_MAX,
		 value;

	switch (vpit_counter_mode(c)) {
	case 2:
		value = c->count - (unsigned)(d % c->count);
		break;
	case 3: /* counts by two, twice a cycle */
		value = c->count - (unsigned)(2 * d % c->count);
		break;
	default: /* goes on below 0 */
		value = c->count + range - (unsigned)(d % range);
	}
	value %= range;
	if (c->control & CONTROL_BCD)
		value = value / 1000 << 12 | value / 100 % 10 << 8 |
			value / 10 % 10 << 4 | value % 10;
	return (uint16_t)value;
}

static void
vpit_load_count(struct vpit_counter *c, uint64_t now, unsigned value)
{
	unsigned mode = vpit_counter_mode(c);

	if (c->control & CONTROL_BCD) {
		value = (value >> 12) * 1000 + (value >> 8 & 15) * 100 +
			(value >> 4 & 15) * 10 + (value & 15);
		c->count = value ? value : 10000;
	} else {
		c->count = value ? value : VPIT_COUNT_MAX;
	}
	c->null = false;
	if (mode == 1 || mode == 5)
		return; /* the gate starts it */
	c->state = c->gate ? VPIT_RUNNING : VPIT_HELD;
	c->start = now;
	c->held = 0;
}

void
vpit_counter_gate(struct vpit_counter *c, uint64_t now, bool gate)
{
	unsigned mode = vpit_counter_mode(c);
	bool triggers = mode == 1 || mode == 5,
	     resumes = mode == 0 || mode == 4;
	bool rises = gate && !c->gate, falls = !gate && c->gate;

	c->gate = gate;
	if (falls && c->state == VPIT_RUNNING && !triggers) {
		c->held = vpit_elapsed(c, now);
		c->state = VPIT_HELD;
	} else if (rises && (c->state == VPIT_HELD || (triggers && !c->null))) {
		c->start = resumes && c->held <= now ? now - c->held : now;
		c->state = VPIT_RUNNING;
	}
}

void
vpit_counter_latch(struct vpit_counter *c, uint64_t now)
{
	if (!c->count_latched)
		c->latch = vpit_value(c, now);
	c->count_latched = true;
}

void
vpit_counter_latch_status(struct vpit_counter *c, uint64_t now)
{
	if (c->status_latched)
		return;
	c->status = c->control;
	if (vpit_counter_out(c, now))
		c->status |= STATUS_OUT;
	if (c->null)
		c->status |= STATUS_NULL;
	c->status_latched = true;
}

void
vpit_counter_control(struct vpit_counter *c, uint64_t now, uint8_t word)
{
	if (!(word & CONTROL_ACCESS)) {
		vpit_counter_latch(c, now);
		return;
	}
	c->control = word & 0x3f;
	c->state = VPIT_WAITING;
	c->null = true;
	c->write_high = c->read_high = false;
	c->count_latched = c->status_latched = false;
}

void
vpit_counter_write(struct vpit_counter *c, uint64_t now, uint8_t byte)
{
	unsigned bits = vpit_access_bits(c), value = byte;

	if (bits == 3 && !c->write_high) {
		c->low = byte;
		c->write_high = true;
		if (vpit_counter_mode(c) == 0)
			c->state = VPIT_WAITING; /* until the other byte */
		return;
	}
	if (bits & 2)
		value = (unsigned)byte << 8;
	if (bits == 3)
		value |= c->low;
	c->write_high = false;
	vpit_load_count(c, now, value);
}

uint8_t
vpit_counter_read(struct vpit_counter *c, uint64_t now)
{
	unsigned bits = vpit_access_bits(c);
	uint16_t value;
	bool high;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	value = c->count_latched ? c->latch : vpit_value(c, now);
	high = bits == 2 || (bits == 3 && c->read_high);
	if (bits == 3)
		c->read_high = !c->read_high;
	if (bits != 3 || high)
		c->count_latched = false;
	return (uint8_t)(high ? value >> 8 : value);
}

void
vpit_counter_reset(struct vpit_counter *c, bool gate)
{
	*c = (struct vpit_counter){ .control = CONTROL_ACCESS,
		.count = VPIT_COUNT_MAX,
		.gate = gate,
		.null = true };
}
