/* SPDX-License-Identifier: MIT */
/* VERW asks whether a segment of the guest's GDT can be written. */
/* ring3: VERW, kernel */
#include "grading/probes/lib/sensitive.h"

USER_CODE(user_verw, "mov $0x23, %ecx\n\tverw %cx\n\tsetz %bl");

int
main(void)
{
	bool writable;

	__asm__ volatile("verw %w1" : "=@ccz"(writable) : "r"(SEL_DATA));
	sensitive(
		"VERW", "kernel", "finds the kernel's data writable", writable);
	CHECK_IS(USER_RUN(user_verw), VEC_BP);
	sensitive(
		"VERW", "user", "finds the user's data writable", trap.rbx & 1);
	return sensitive_end();
}
