/* SPDX-License-Identifier: MIT */
/* LSL looks a segment's limit up in the GDT: the guest's. */
/* ring3: LSL, kernel */
#include "grading/probes/lib/sensitive.h"

USER_CODE(user_lsl, "mov $0x23, %ecx\n\tlsl %ecx, %eax\n\tsetz %bl");

int
main(void)
{
	uint32_t limit = 0;
	bool found;

	__asm__ volatile("lsl %2, %0"
			 : "+r"(limit), "=@ccz"(found)
			 : "r"(SEL_TSS));
	sensitive("LSL", "kernel", "finds the limit of the guest's TSS",
		found && limit == sizeof(tss) - 1);
	CHECK_IS(USER_RUN(user_lsl), VEC_BP);
	sensitive("LSL", "user", "finds the user's data segment",
		(trap.rbx & 1) && (uint32_t)trap.rax == 0xffffffff);
	return sensitive_end();
}
