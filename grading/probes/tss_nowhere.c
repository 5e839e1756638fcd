/* SPDX-License-Identifier: MIT */
/*
 * A TSS where no page is: an interrupt from ring 3 is a page fault of the
 * kernel's at the TSS, whose delivery needs the TSS, too.
 */
/* stops: triple fault */
#include "grading/probes/lib/probe.h"

USER_CODE(user_nop, "nop");

int
main(void)
{
	gdt[SEL_FREE / 8] = 0x0000890000000067ul;
	gdt[SEL_FREE / 8 + 1] = FREE_GVA >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SEL_FREE));
	(void)USER_RUN(user_nop);
	return 1;
}
