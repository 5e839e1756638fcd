/* SPDX-License-Identifier: MIT */
/* SMSW shows the lower half of CR0: the guest's bits, not the host's. */
/* ring3 without UMIP: SMSW, kernel */
#include "grading/probes/lib/sensitive.h"

static uint16_t kernel_saw;

USER_CODE(user_smsw, "mov $0x400000001000, %rax\n\tsmsw (%rax)");

static bool
same(const uint16_t *word)
{
	return *word == (uint16_t)read_cr0();
}

int
main(void)
{
	/* bits that mean nothing without an FPU instruction */
	write_cr0((read_cr0() & ~CR0_NE) | CR0_MP);
	SENSITIVE_READS("SMSW", "stores the guest's CR0",
		__asm__ volatile("smsw %0"
				 : "=m"(kernel_saw)),
		same, user_smsw);
	write_cr0((read_cr0() & ~CR0_MP) | CR0_NE);
	__asm__ volatile("smsw %0" : "=m"(kernel_saw));
	sensitive("SMSW", "kernel, other bits", "stores the guest's CR0",
		same(&kernel_saw));
	return sensitive_end();
}
