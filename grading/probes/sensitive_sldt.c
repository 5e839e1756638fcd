/* SPDX-License-Identifier: MIT */
/* SLDT shows the selector of the LDT. */
/* ring3 without UMIP: SLDT, kernel */
#include "grading/probes/lib/sensitive.h"

#define DESC_LDT 0x0000820000000fffull

static uint16_t kernel_saw;

USER_CODE(user_sldt, "mov $0x400000001000, %rax\n\tsldt (%rax)");

static bool
same(const uint16_t *selector)
{
	return *selector == SEL_FREE;
}

int
main(void)
{
	gdt[SEL_FREE / 8] = DESC_LDT;
	gdt[SEL_FREE / 8 + 1] = 0;
	__asm__ volatile("lldt %w0" : : "r"(SEL_FREE));
	SENSITIVE_READS("SLDT", "stores the guest's LDTR",
		__asm__ volatile("sldt %0"
				 : "=m"(kernel_saw)),
		same, user_sldt);
	return sensitive_end();
}
