/* SPDX-License-Identifier: MIT */
/*
 * A stack that cannot be: each delivery faults, also that of the double fault,
 * which has no stack of its own (SDM 3A, 6.15, interrupt 8).
 */
/* stops: triple fault */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "push %%rax"
			 :
			 : "r"(0x0000800000000000ul));
	return 1;
}
