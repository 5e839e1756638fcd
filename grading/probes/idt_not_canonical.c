/* SPDX-License-Identifier: MIT */
/* The IDT lies at an impossible address, so no fault can be delivered. */
/* stops: triple fault */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	(void)TRAPS(idt_load(4095, 0x0000800000000000ul));
	idt_load(0, 0); /* where LIDT refused it */
	__asm__ volatile("ud2");
	return 1;
}
