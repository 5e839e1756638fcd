/* SPDX-License-Identifier: MIT */
/*
 * A TSS that ends before its stacks: whoever comes from ring 3 finds none, nor
 * does the #TS of that, nor the double fault.
 */
/* stops: triple fault */
#include "grading/probes/lib/probe.h"

USER_CODE(user_nop, "nop");

int
main(void)
{
	gdt[SEL_FREE / 8] = (gdt[SEL_TSS / 8] & ~0xfffful & ~(1ul << 41)) | 8;
	gdt[SEL_FREE / 8 + 1] = gdt[SEL_TSS / 8 + 1];
	__asm__ volatile("ltr %w0" : : "r"(SEL_FREE));
	(void)USER_RUN(user_nop);
	return 1;
}
