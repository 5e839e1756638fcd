/* SPDX-License-Identifier: MIT */
/* SIDT shows where the IDT lies ("red pill", Rutkowska, 2004). */
/* ring3 without UMIP: SIDT, kernel */
#include "grading/probes/lib/sensitive.h"

static struct table_register kernel_saw;

USER_CODE(user_sidt, "mov $0x400000001000, %rax\n\tsidt (%rax)");

static bool
same(const struct table_register *r)
{
	return r->base == (uint64_t)idt;
}

int
main(void)
{
	SENSITIVE_READS("SIDT", "stores the guest's IDTR",
		__asm__ volatile("sidt %0"
				 : "=m"(kernel_saw)),
		same, user_sidt);
	return sensitive_end();
}
