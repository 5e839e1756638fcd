/* SPDX-License-Identifier: MIT */
/*
 * STI opens the door one instruction late: an interrupt that waits comes
 * behind that instruction, also when it exits, and never when it is CLI
 * (SDM 2, STI; APM 3).
 */
#include "grading/probes/lib/probe.h"

#define TRIES 200

extern const char behind_nop[], behind_in[];

int
main(void)
{
	timer_init();
	timer_make_pending();
	for (int i = 0; i < TRIES; i++)
		__asm__ volatile("sti; cli");
	CHECK_IS(timer_taken, 0);
	__asm__ volatile("sti; nop; behind_nop: cli");
	CHECK_IS(timer_taken, 1);
	CHECK_IS(timer_taken_at, (uint64_t)behind_nop);

	timer_make_pending();
	__asm__ volatile("sti; in $0x80, %%al; behind_in: cli" : : : "rax");
	CHECK_IS(timer_taken, 1);
	CHECK_IS(timer_taken_at, (uint64_t)behind_in);
	return 0;
}
