/* SPDX-License-Identifier: MIT */
/* LAR looks a descriptor up in the GDT: the guest's. */
/* ring3: LAR, kernel */
#include "grading/probes/lib/sensitive.h"

#define RIGHTS	    0x00f0ff00u /* that LAR gives */
#define RIGHTS_CODE 0x00af9b00u /* of gdt[1] */

USER_CODE(user_lar, "mov $0x2b, %ecx\n\tlar %ecx, %eax\n\tsetz %bl");
USER_CODE(user_lar_system, "mov $0x08, %ecx\n\tlar %ecx, %eax\n\tsetz %bl");

int
main(void)
{
	uint32_t rights = 0;
	bool found;

	__asm__ volatile("lar %2, %0"
			 : "+r"(rights), "=@ccz"(found)
			 : "r"(SEL_CODE));
	sensitive("LAR", "kernel", "finds the kernel's code segment",
		found && (rights & RIGHTS) == (RIGHTS_CODE & RIGHTS));
	CHECK_IS(USER_RUN(user_lar), VEC_BP);
	sensitive("LAR", "user", "finds the user's code segment", trap.rbx & 1);
	CHECK_IS(USER_RUN(user_lar_system), VEC_BP);
	sensitive("LAR", "user", "does not see the kernel's", !(trap.rbx & 1));
	return sensitive_end();
}
