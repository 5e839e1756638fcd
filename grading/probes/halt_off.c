/* SPDX-License-Identifier: MIT */
/* HLT with interrupts off: it sleeps for ever, and costs the host nothing. */
/* lasts: it sleeps */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	probe_ready();
	for (;;)
		__asm__ volatile("cli; hlt");
}
