/* SPDX-License-Identifier: MIT */
/* STR shows the selector of the TSS. */
/* ring3 without UMIP: STR, kernel */
#include "grading/probes/lib/sensitive.h"

#define DESC_BUSY (1ull << 41)

static uint16_t kernel_saw;

USER_CODE(user_str, "mov $0x400000001000, %rax\n\tstr (%rax)");

static bool
same(const uint16_t *selector)
{
	return *selector == SEL_FREE;
}

int
main(void)
{
	gdt[SEL_FREE / 8] = gdt[SEL_TSS / 8] & ~DESC_BUSY;
	gdt[SEL_FREE / 8 + 1] = gdt[SEL_TSS / 8 + 1];
	__asm__ volatile("ltr %w0" : : "r"(SEL_FREE));
	SENSITIVE_READS("STR", "stores the guest's TR",
		__asm__ volatile("str %0"
				 : "=m"(kernel_saw)),
		same, user_str);
	return sensitive_end();
}
