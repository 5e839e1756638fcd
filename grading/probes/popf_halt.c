/* SPDX-License-Identifier: MIT */
/*
 * The demonstration of POPF (tools/demo popf): a kernel that protects a
 * variable from its timer's interrupt handler the usual way.
 *
 *	flags = PUSHF; CLI		lock
 *	POPF flags			unlock: IF as it was before
 *
 * On a CPU of its own, and under SVM, the interrupts are on again behind the
 * lock.  In ring 3 POPF leaves IF as it is and does not trap, so that the VMM
 * sees CLI and never its end: the kernel waits for a tick that cannot come.
 */
/* demo: popf */
#include "grading/probes/lib/probe.h"

#ifndef WAIT
#define WAIT() __asm__ volatile("hlt" : : : "memory")
#endif

#define TICKS	10
#define DIVISOR 11932 /* 100 Hz */

static uint64_t
irq_save(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static void
irq_restore(uint64_t flags)
{
	__asm__ volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

int
main(void)
{
	timer_init();
	pit_periodic(DIVISOR);
	interrupts_on();
	guest_print("interrupts are on\nlock, unlock, wait for the timer\n");
	for (unsigned i = 1; i <= TICKS; i++) {
		uint64_t flags = irq_save();
		unsigned until = timer_taken + 1;

		irq_restore(flags);
		while (timer_taken < until)
			WAIT();
	}
	guest_print("the timer ticked 10 times\n");
	return 0;
}
