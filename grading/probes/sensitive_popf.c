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

static volatile uint64_t taken, taken_at;

USER_CODE(user_popf, "pushq $0x202; popfq");

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
}

int
main(void)
{
	trap_handle_with(VEC_IRQ0, take);
	pic_init(1);
	make_pending();
	__asm__ volatile("pushq $0x202; popfq; behind_popf: nop; cli");
	sensitive("POPF", "kernel", "sets IF: what waits is taken at once",
		taken == 1 && taken_at == (uint64_t)behind_popf);
	(void)TRAPS(__asm__ volatile("sti; pushq $2; popfq; int3"));
	sensitive("POPF", "kernel", "clears IF", !(trap.rflags & IF));
	interrupts_off();
	CHECK_IS(USER_RUN(user_popf), VEC_BP);
	sensitive("POPF", "user", "leaves IF as it is", !(trap.rflags & IF));
	return sensitive_end();
}
