/* SPDX-License-Identifier: MIT */
/*
 * The 8254 interval timer of a PC, and system control port B (0x61), which
 * holds channel 2's gate and output.  The counters are in vpit_counter.c.
 *
 * Only channel 0 has an interrupt (line 0), one for each rising edge of its
 * output; the bus is asked for a tick at the next one.
 *
 * Policy for late ticks: however many edges have passed since the last tick,
 * the guest gets one interrupt, and the next is due at the next edge of the
 * original phase.  So a VM that did not run for a while is not flooded, its
 * rate does not drift, and its clock must not be a count of interrupts.
 *
 * Left out: memory refresh (channel 1), but for bit 4 of port 0x61.
 *
 * Intel 8254 data sheet; "System Control Port B" of any PC chip set.
 */
#include "vmm/dev/vbus.h"

#include "kernel/abi/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "vmm/dev/vpit_counter.h"
#include "vmm/state.h"

#define VPIT_PORT     0x40 /* three counters, then the control word */
#define VPIT_PORT_B   0x61
#define VPIT_CONTROL  3
#define VPIT_LINE     0
#define VPIT_HZ	      1193182ull
#define NS_PER_SEC    1000000000ull
#define VPIT_REFRESH  15085 /* ns between two toggles of the refresh bit */
#define VPIT_COUNTERS 3
#define VPIT_SPEAKER  2 /* the counter whose gate is in port B */

/* Control word: counter 7:6, access 5:4, mode 3:1, BCD 0; or read-back. */
#define READ_BACK	    3 /* as counter */
#define READ_BACK_NO_COUNT  0x20
#define READ_BACK_NO_STATUS 0x10

#define PORT_B_GATE    0x01
#define PORT_B_STORED  0x0f /* bits that read as written */
#define PORT_B_REFRESH 0x10
#define PORT_B_OUT     0x20

struct vpit {
	struct device dev;
	struct vpit_counter counter[VPIT_COUNTERS];
	uint8_t port_b; /* PORT_B_STORED bits */
	uint64_t edge;	/* clock of counter 0's next rising edge */
};

#define to_vpit(dev_) container_of(dev_, struct vpit, dev)

/* Guest time in clocks of the PIT, rounded down... */
static uint64_t
vpit_clocks(uint64_t ns)
{
	return ns / NS_PER_SEC * VPIT_HZ +
		ns % NS_PER_SEC * VPIT_HZ / NS_PER_SEC;
}

/* ...and the first nanosecond of a clock. */
static uint64_t
vpit_ns(uint64_t clocks)
{
	return clocks / VPIT_HZ * NS_PER_SEC +
		(clocks % VPIT_HZ * NS_PER_SEC + VPIT_HZ - 1) / VPIT_HZ;
}

/* Plan the next interrupt. */
static void
vpit_plan(struct vpit *pit, uint64_t now)
{
	pit->edge = vpit_counter_next_edge(&pit->counter[0], now);
	vbus_deadline_set(&pit->dev,
		pit->edge == VPIT_NO_EDGE ? VBUS_NEVER : vpit_ns(pit->edge));
}

/* Give the interrupt if an edge has passed. */
static void
vpit_run(struct vpit *pit, uint64_t now)
{
	if (now < pit->edge)
		return;
	vbus_irq_set(pit->dev.bus, VPIT_LINE, false);
	vbus_irq_set(pit->dev.bus, VPIT_LINE, true);
	vpit_plan(pit, now);
}

static void
vpit_tick(struct device *dev, uint64_t now)
{
	vpit_run(to_vpit(dev), vpit_clocks(now));
}

static void
vpit_read_back(struct vpit *pit, uint64_t now, uint8_t word)
{
	unsigned i;

	for (i = 0; i < VPIT_COUNTERS; i++) {
		if (!(word & 2u << i))
			continue;
		if (!(word & READ_BACK_NO_COUNT))
			vpit_counter_latch(&pit->counter[i], now);
		if (!(word & READ_BACK_NO_STATUS))
			vpit_counter_latch_status(&pit->counter[i], now);
	}
}

static void
vpit_write(struct vpit *pit, unsigned port, uint64_t now, uint8_t byte)
{
	if (port != VPIT_CONTROL)
		vpit_counter_write(&pit->counter[port], now, byte);
	else if (byte >> 6 == READ_BACK)
		vpit_read_back(pit, now, byte);
	else
		vpit_counter_control(&pit->counter[byte >> 6], now, byte);
}

static void
vpit_access(struct device *dev, struct vaccess *access)
{
	struct vpit *pit = to_vpit(dev);
	uint64_t now = vpit_clocks(vbus_now(dev->bus));
	unsigned port = (unsigned)access->offset;
	bool was;

	vpit_run(pit, now); /* an edge that is due comes first */
	if (!access->write) {
		access->value = port == VPIT_CONTROL
			? 0xff
			: vpit_counter_read(&pit->counter[port], now);
		return;
	}
	was = vpit_counter_out(&pit->counter[0], now);
	vpit_write(pit, port, now, (uint8_t)access->value);
	if (vpit_counter_out(&pit->counter[0], now) != was)
		vbus_irq_set(dev->bus, VPIT_LINE, !was);
	vpit_plan(pit, now);
}

static void
vpit_access_port_b(struct device *dev, struct vaccess *access)
{
	struct vpit *pit = to_vpit(dev);
	struct vpit_counter *c = &pit->counter[VPIT_SPEAKER];
	uint64_t ns = vbus_now(dev->bus), now = vpit_clocks(ns);

	if (access->write) {
		pit->port_b = access->value & PORT_B_STORED;
		vpit_counter_gate(c, now, pit->port_b & PORT_B_GATE);
		return;
	}
	access->value = pit->port_b;
	if (ns / VPIT_REFRESH & 1)
		access->value |= PORT_B_REFRESH;
	if (vpit_counter_out(c, now))
		access->value |= PORT_B_OUT;
}

static int
vpit_init(struct device *dev)
{
	int err = vbus_claim_ports(dev, VPIT_PORT, 4, 1, vpit_access);

	return err
		? err
		: vbus_claim_ports(dev, VPIT_PORT_B, 1, 1, vpit_access_port_b);
}

static void
vpit_reset(struct device *dev)
{
	struct vpit *pit = to_vpit(dev);
	unsigned i;

	for (i = 0; i < VPIT_COUNTERS; i++)
		vpit_counter_reset(&pit->counter[i], i != VPIT_SPEAKER);
	pit->port_b = 0;
	vbus_irq_set(dev->bus, VPIT_LINE, false);
	vpit_plan(pit, 0);
}

static void
vpit_save_counter(const struct vpit_counter *c, struct state_writer *w)
{
	state_put_u64(w, c->start);
	state_put_u64(w, c->held);
	state_put_u32(w, c->count);
	state_put_u8(w, c->state);
	state_put_u8(w, c->control);
	state_put_u8(w, c->low);
	state_put_u8(w, c->status);
	state_put_u16(w, c->latch);
	state_put_u8(w, c->gate);
	state_put_u8(w, c->null);
	state_put_u8(w, c->write_high);
	state_put_u8(w, c->read_high);
	state_put_u8(w, c->count_latched);
	state_put_u8(w, c->status_latched);
}

static void
vpit_load_counter(struct vpit_counter *c, struct state_reader *r)
{
	c->start = state_get_u64(r);
	c->held = state_get_u64(r);
	c->count = state_get_u32(r);
	c->state = state_get_u8(r);
	c->control = state_get_u8(r);
	c->low = state_get_u8(r);
	c->status = state_get_u8(r);
	c->latch = state_get_u16(r);
	c->gate = state_get_bool(r);
	c->null = state_get_bool(r);
	c->write_high = state_get_bool(r);
	c->read_high = state_get_bool(r);
	c->count_latched = state_get_bool(r);
	c->status_latched = state_get_bool(r);
	state_require(r, c->count && c->count <= VPIT_COUNT_MAX);
	state_require(r, c->state < VPIT_STATES);
	state_require(r, c->control & 0x30 && c->control < 0x40);
}

static void
vpit_save(struct device *dev, struct state_writer *w)
{
	struct vpit *pit = to_vpit(dev);
	unsigned i;

	for (i = 0; i < VPIT_COUNTERS; i++)
		vpit_save_counter(&pit->counter[i], w);
	state_put_u8(w, pit->port_b);
	state_put_u64(w, pit->edge);
}

static int
vpit_load(struct device *dev, struct state_reader *r)
{
	struct vpit loaded = { .dev = to_vpit(dev)->dev };
	unsigned i;

	for (i = 0; i < VPIT_COUNTERS; i++)
		vpit_load_counter(&loaded.counter[i], r);
	loaded.port_b = state_get_u8(r);
	loaded.edge = state_get_u64(r);
	state_require(r, !(loaded.port_b & ~PORT_B_STORED));
	if (r->bad)
		return -EINVAL;
	*to_vpit(dev) = loaded;
	vbus_deadline_set(dev,
		loaded.edge == VPIT_NO_EDGE ? VBUS_NEVER
					    : vpit_ns(loaded.edge));
	return 0;
}

static const struct device_ops vpit_ops = {
	.name = "vpit",
	.size = sizeof(struct vpit),
	.init = vpit_init,
	.reset = vpit_reset,
	.tick = vpit_tick,
	.save = vpit_save,
	.load = vpit_load,
};

DEVICE(vpit_ops);
