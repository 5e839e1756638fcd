/* SPDX-License-Identifier: MIT */
/* MOV stores a segment register: CS has the privilege in its lowest bits. */
/* ring3: MOV, kernel */
#include "grading/probes/lib/sensitive.h"

USER_CODE(user_mov, "mov %cs, %eax\n\tmov %ss, %ebx");
USER_CODE(user_mov_load, "mov $0x10, %eax\n\tmov %eax, %ds");

int
main(void)
{
	uint32_t cs, ss;

	__asm__ volatile("mov %%cs, %0" : "=r"(cs));
	sensitive("MOV", "kernel", "stores the guest's CS: ring 0",
		cs == SEL_CODE);
	__asm__ volatile("mov %%ss, %0" : "=r"(ss));
	sensitive("MOV", "kernel", "stores the guest's SS", ss == SEL_DATA);
	CHECK_IS(USER_RUN(user_mov), VEC_BP);
	sensitive("MOV", "user", "stores the guest's CS and SS",
		(uint16_t)trap.rax == SEL_UCODE &&
			(uint16_t)trap.rbx == SEL_UDATA);
	sensitive("MOV", "user", "loads no segment of the kernel's",
		USER_RUN(user_mov_load) == VEC_GP && trap.error == SEL_DATA);
	return sensitive_end();
}
