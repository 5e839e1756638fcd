/* SPDX-License-Identifier: MIT */
/* PUSH stores a segment register, and with it who the guest believes it is. */
/* ring3: PUSH, kernel */
#include "grading/probes/lib/sensitive.h"

USER_CODE(
	user_push, "mov $0x23, %eax\n\tmov %eax, %fs\n\tpush %fs\n\tpop %rax");

int
main(void)
{
	uint64_t fs;

	__asm__ volatile("mov %1, %%fs; push %%fs; pop %0"
			 : "=r"(fs)
			 : "r"(SEL_DATA));
	sensitive("PUSH", "kernel", "stores the selector that FS was given",
		(uint16_t)fs == SEL_DATA);
	CHECK_IS(USER_RUN(user_push), VEC_BP);
	sensitive("PUSH", "user", "stores the selector that FS was given",
		(uint16_t)trap.rax == SEL_UDATA);
	return sensitive_end();
}
