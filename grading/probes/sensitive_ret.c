/* SPDX-License-Identifier: MIT */
/* RET to another segment, and to another ring, goes through the guest's GDT. */
#include "grading/probes/lib/sensitive.h"

USER_CODE(user_ret, "pushq $0x08\n\tpushq $0\n\tlretq");
USER_CODE(user_code, "nop");

int
main(void)
{
	uint64_t vector;

	vector = TRAPS(__asm__ volatile("pushq $0x08\n\t"
					"pushq $1f\n\t"
					"lretq\n"
					"1:"
					:
					:
					: "memory"));
	sensitive("RET", "kernel", "returns to the guest's kernel",
		vector == NO_TRAP);
	CHECK_IS(USER_RUN(user_code), VEC_BP); /* its pages are there */
	vector = TRAPS(__asm__ volatile(
		"pushq %0\n\t"
		"pushq %1\n\t"
		"pushq %2\n\t"
		"pushq %3\n\t"
		"lretq"
		:
		: "i"(SEL_UDATA), "r"(USER_STACK), "i"(SEL_UCODE), "r"(USER_GVA)
		: "memory"));
	sensitive("RET", "kernel", "returns to the guest's user",
		vector == VEC_BP && trap.cs == SEL_UCODE);
	sensitive("RET", "user", "enters no segment of the kernel's",
		USER_RUN(user_ret) == VEC_GP && trap.error == SEL_CODE);
	return sensitive_end();
}
