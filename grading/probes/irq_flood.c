/* SPDX-License-Identifier: MIT */
/*
 * The timer at its highest rate: the handler is entered as often as there is
 * time for, and the host kills what never does anything else.
 */
/* lasts: interrupts without a pause */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	timer_init();
	probe_ready();
	pit_periodic(1);
	for (;;)
		__asm__ volatile("sti; hlt" : : : "memory");
}
