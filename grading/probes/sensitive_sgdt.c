/* SPDX-License-Identifier: MIT */
/* SGDT shows where the GDT lies: the guest's, not the host's. */
/* ring3 without UMIP: SGDT, kernel */
#include "grading/probes/lib/sensitive.h"

static struct table_register kernel_saw;

USER_CODE(user_sgdt, "mov $0x400000001000, %rax\n\tsgdt (%rax)");

static bool
same(const struct table_register *r)
{
	return r->base == (uint64_t)gdt;
}

int
main(void)
{
	SENSITIVE_READS("SGDT", "stores the guest's GDTR",
		__asm__ volatile("sgdt %0"
				 : "=m"(kernel_saw)),
		same, user_sgdt);
	return sensitive_end();
}
