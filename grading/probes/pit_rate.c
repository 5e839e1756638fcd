/* SPDX-License-Identifier: MIT */
/*
 * The timer's rate against the TSC, whose frequency the VMM says: never more
 * interrupts than time has passed, and some; a count that only goes down; and
 * halting until the next one works.
 */
/* exits: 40000 */
#include "grading/probes/lib/probe.h"

#define DIVISOR	 11932 /* 100 Hz */
#define HALTS	 20
#define LEAF_KHZ 0x40000003u

int
main(void)
{
	uint64_t khz = cpuid_told(LEAF_KHZ, 0).eax, start, end;

	CHECK(khz >= 1000 && khz < 100000000);
	timer_init();
	start = rdtsc();
	pit_periodic(DIVISOR);
	for (int i = 0; i < HALTS; i++)
		__asm__ volatile("sti; hlt; cli" : : : "memory");
	end = rdtsc();
	CHECK(timer_taken >= HALTS);
	/* periods of 10 ms, the first of which may have begun before */
	CHECK((end - start) / khz >= (timer_taken - 2) * 10ul);

	pit_periodic(0xffff);
	for (int i = 0; i < 100; i++)
		CHECK(pit_count() <= 0xffff && pit_count() > 0);
	return 0;
}
