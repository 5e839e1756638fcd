/* SPDX-License-Identifier: MIT */
/*
 * The neighbour: it fills most of its memory with a pattern and looks again
 * and again whether somebody has changed it, while other probes do their
 * worst in other VMs.  It ends when it gets a q.
 */
#include "grading/probes/lib/probe.h"

#define FIRST	 (2 * MIB)
#define LAST	 (8 * MIB)
#define SEED	 0x9e3779b97f4a7c15ul
#define PORT_COM 0x3f8
#define PAUSE	 36 /* ticks of 55 ms: a look takes 6 million instructions */

/* A value for each address (Knuth, "Multiplicative hashing", TAOCP 3, 6.4). */
static uint64_t
pattern(uint64_t address)
{
	return address * SEED ^ address >> 7;
}

static bool
intact(void)
{
	for (uint64_t at = FIRST; at < LAST; at += 8)
		if (read64(at) != pattern(at))
			return false;
	return true;
}

static bool
asked_to_end(void)
{
	return (inb(PORT_COM + 5) & 1) && inb(PORT_COM) == 'q';
}

int
main(void)
{
	for (uint64_t at = FIRST; at < LAST; at += 8)
		write64(at, pattern(at));
	timer_init();
	pit_periodic(0xffff);
	probe_ready();
	do {
		unsigned until = timer_taken + PAUSE;

		CHECK(intact());
		while (timer_taken < until)
			__asm__ volatile("sti; hlt; cli" : : : "memory");
	} while (!asked_to_end());
	CHECK(intact());
	return 0;
}
