/* SPDX-License-Identifier: MIT */
/* See fake_board.h. */
#include "grading/unit/fake_board.h"

#include "kernel/lib/list.h"

#include <stdlib.h>
#include <string.h>

#define to_fake(bus_) container_of(bus_, struct fake_board, bus)

static uint64_t
fake_now(struct vbus *bus)
{
	return to_fake(bus)->now;
}

static uint64_t
fake_boot_time(struct vbus *bus)
{
	return to_fake(bus)->boot_time;
}

static void
fake_kick(struct vbus *bus)
{
	to_fake(bus)->kicks++;
}

static void
fake_stop(struct vbus *bus, enum vbus_stop reason, unsigned status)
{
	struct fake_board *b = to_fake(bus);

	if (b->stops++)
		return;
	b->reason = reason;
	b->status = status;
}

static void
fake_console_out(struct vbus *bus, uint8_t byte)
{
	struct fake_board *b = to_fake(bus);

	b->out[b->out_length++ % sizeof(b->out)] = byte;
}

static void
fake_console_room(struct vbus *bus)
{
	to_fake(bus)->rooms++;
}

static const struct vbus_owner_ops fake_ops = {
	.now = fake_now,
	.boot_time = fake_boot_time,
	.kick = fake_kick,
	.stop = fake_stop,
	.console_out = fake_console_out,
	.console_room = fake_console_room,
};

void
fake_board_start(struct fake_board *b)
{
	memset(b, 0, sizeof(*b));
	if (vbus_init(&b->bus, &fake_ops))
		abort();
}

void
fake_board_end(struct fake_board *b)
{
	vbus_fini(&b->bus);
}

void
fake_board_run_to(struct fake_board *b, uint64_t ns)
{
	while (vbus_deadline(&b->bus) <= ns) {
		if (vbus_deadline(&b->bus) > b->now)
			b->now = vbus_deadline(&b->bus);
		vbus_tick(&b->bus);
	}
	b->now = ns;
}

uint64_t
fake_in(struct fake_board *b, uint16_t port, unsigned size)
{
	uint64_t value = 0x5555555555555555;

	vbus_io(&b->bus, port, size, false, &value);
	return value;
}

void
fake_out(struct fake_board *b, uint16_t port, unsigned size, uint64_t value)
{
	vbus_io(&b->bus, port, size, true, &value);
}

uint8_t
inb(struct fake_board *b, uint16_t port)
{
	return (uint8_t)fake_in(b, port, 1);
}

void
outb(struct fake_board *b, uint16_t port, uint8_t value)
{
	fake_out(b, port, 1, value);
}
