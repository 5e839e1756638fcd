/* SPDX-License-Identifier: MIT */
/* JMP to another segment goes through the guest's GDT. */
#include "grading/probes/lib/sensitive.h"

USER_CODE(user_jmp, "ljmp *1f(%rip)\n\tint3\n1:\t.long 0; .word 0x08");

int
main(void)
{
	uint64_t vector;

	/* to 32-bit code and back: 0x18 and 0x08 are the guest's */
	vector = TRAPS(__asm__ volatile("ljmp *1f(%%rip)\n"
					"1:\t.long 2f; .word 0x18\n"
					".code32\n"
					"2:\tljmp $0x08, $3f\n"
					".code64\n"
					"3:"
					:
					:
					: "memory"));
	sensitive("JMP", "kernel", "changes to another segment of the guest's",
		vector == NO_TRAP);
	sensitive("JMP", "user", "enters no segment of the kernel's",
		USER_RUN(user_jmp) == VEC_GP && trap.error == SEL_CODE);
	return sensitive_end();
}
