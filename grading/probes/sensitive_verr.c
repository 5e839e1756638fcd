/* SPDX-License-Identifier: MIT */
/* VERR asks whether a segment of the guest's GDT can be read. */
/* ring3: VERR, kernel */
#include "grading/probes/lib/sensitive.h"

USER_CODE(user_verr, "mov $0x23, %ecx\n\tverr %cx\n\tsetz %bl");

int
main(void)
{
	bool readable;

	__asm__ volatile("verr %w1" : "=@ccz"(readable) : "r"(SEL_DATA));
	sensitive(
		"VERR", "kernel", "finds the kernel's data readable", readable);
	CHECK_IS(USER_RUN(user_verr), VEC_BP);
	sensitive(
		"VERR", "user", "finds the user's data readable", trap.rbx & 1);
	return sensitive_end();
}
