/* SPDX-License-Identifier: MIT */
/* Nothing but exits, for ever: the host has its share of the CPU all the same.
 */
/* lasts: a loop of port accesses */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	probe_ready();
	for (;;) {
		inb(0x80);
		outb(0x80, 1);
		cpuid(0, 0);
	}
}
