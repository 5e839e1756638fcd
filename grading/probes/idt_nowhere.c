/* SPDX-License-Identifier: MIT */
/*
 * The IDT lies where no memory is: gates of ones are of no type that is a
 * gate, so each delivery faults.
 */
/* stops: triple fault|needed by the delivery of an event|not emulated */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	idt_load(4095, NO_RAM);
	__asm__ volatile("ud2");
	return 1;
}
