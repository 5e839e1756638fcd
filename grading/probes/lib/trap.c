/* SPDX-License-Identifier: MIT */
/* What happens at a trap, and gates that are bent; contracts in probe.h. */
#include "grading/probes/lib/probe.h"

struct trap_frame trap;
uint64_t trap_cr2;

static trap_fn *trap_handlers[256];
static volatile bool trap_expected;

void
trap_expect(void)
{
	trap.vector = NO_TRAP;
	trap_expected = true;
}

void
trap_disarm(void)
{
	trap_expected = false;
}

void
trap_handle_with(unsigned vector, trap_fn *handler)
{
	trap_handlers[vector] = handler;
}

bool
trap_ignore(struct trap_frame *frame)
{
	(void)frame;
	return true;
}

static void
trap_unexpected(const struct trap_frame *frame)
{
	guest_print("unexpected trap ");
	guest_print_hex(frame->vector);
	guest_print(" error ");
	guest_print_hex(frame->error);
	guest_print(" at ");
	guest_print_hex(frame->rip);
	guest_print(" cr2 ");
	guest_print_hex(trap_cr2);
	guest_print("\n");
	guest_end(127);
}

void
trap_dispatch(struct trap_frame *frame)
{
	trap_fn *handler = trap_handlers[frame->vector];

	trap_cr2 = read_cr2();
	if (handler && handler(frame))
		return;
	if (!trap_expected)
		trap_unexpected(frame);
	trap_expected = false;
	trap = *frame;
	trap_leap();
}

void
idt_use_ist(unsigned vector, bool own)
{
	idt[vector].ist = own;
}

void
idt_set_dpl(unsigned vector, unsigned dpl)
{
	idt[vector].type = (uint8_t)(GATE_INTERRUPT | dpl << 5);
}
