/* SPDX-License-Identifier: MIT */
/*
 * POPF sets IF in ring 0; in ring 3 it leaves it as it is, and does not trap.
 * So it is the instruction that x86 is infamous for: a kernel that restores
 * its interrupt flag by POPF does not notice that it has lost it.
 */
/* ring3: POPF, kernel */
#include "grading/probes/lib/sensitive.h"

#define IF (1ul << 9)

extern const char behind_popf[];

USER_CODE(user_popf, "pushq $0x202; popfq");

int
main(void)
{
	timer_init();
	timer_make_pending();
	__asm__ volatile("pushq $0x202; popfq; behind_popf: nop; cli");
	sensitive("POPF", "kernel", "sets IF: what waits is taken at once",
		timer_taken == 1 && timer_taken_at == (uint64_t)behind_popf);
	(void)TRAPS(__asm__ volatile("sti; pushq $2; popfq; int3"));
	sensitive("POPF", "kernel", "clears IF", !(trap.rflags & IF));
	interrupts_off();
	CHECK_IS(USER_RUN(user_popf), VEC_BP);
	sensitive("POPF", "user", "leaves IF as it is", !(trap.rflags & IF));
	return sensitive_end();
}
