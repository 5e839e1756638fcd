/* SPDX-License-Identifier: MIT */
/*
 * STI opens the door one instruction late: an interrupt that waits comes
 * behind that instruction, also when it exits, and never when it is CLI
 * (SDM 2, STI; APM 3).
 */
#include "grading/probes/lib/probe.h"

#define TRIES 200

extern const char behind_nop[], behind_in[];

static volatile uint64_t taken, taken_at;

static bool
take(struct trap_frame *frame)
{
	taken++;
	taken_at = frame->rip;
	pic_eoi(0);
	return true;
}

/* Let the timer's interrupt wait at the PIC. */
static void
make_pending(void)
{
	pit_once(2);
	do {
		outb(0x20, 0x0a); /* OCW3: read the IRR */
	} while (!(inb(0x20) & 1));
	taken = 0;
}

int
main(void)
{
	trap_handle_with(VEC_IRQ0, take);
	pic_init(1);
	make_pending();
	for (int i = 0; i < TRIES; i++)
		__asm__ volatile("sti; cli");
	CHECK_IS(taken, 0);
	__asm__ volatile("sti; nop; behind_nop: cli");
	CHECK_IS(taken, 1);
	CHECK_IS(taken_at, (uint64_t)behind_nop);

	make_pending();
	__asm__ volatile("sti; in $0x80, %%al; behind_in: cli" : : : "rax");
	CHECK_IS(taken, 1);
	CHECK_IS(taken_at, (uint64_t)behind_in);
	return 0;
}
