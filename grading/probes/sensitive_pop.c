/* SPDX-License-Identifier: MIT */
/* POP loads a segment register as the guest's GDT and privilege allow. */
#include "grading/probes/lib/sensitive.h"

#define DESC_DATA 0x00cf93000000ffffull /* ring 0's, at 32-bit addresses */
#define BASE_AT	  16

USER_CODE(user_pop, "pushq $0x23\n\tpop %fs");
USER_CODE(user_pop_system, "pushq $0x10\n\tpop %fs");

int
main(void)
{
	static const uint64_t here = 0x123456789abcdef0;
	uint64_t value;

	gdt[SEL_FREE / 8] = DESC_DATA | (uint64_t)&here << BASE_AT;
	__asm__ volatile("pushq %1; pop %%fs; mov %%fs:0, %0"
			 : "=r"(value)
			 : "i"(SEL_FREE));
	sensitive("POP", "kernel", "loads FS with the descriptor's base",
		value == here);
	sensitive("POP", "user", "loads the user's data segment",
		USER_RUN(user_pop) == VEC_BP);
	sensitive("POP", "user", "loads no segment of the kernel's",
		USER_RUN(user_pop_system) == VEC_GP && trap.error == SEL_DATA);
	return sensitive_end();
}
