/* SPDX-License-Identifier: MIT */
/* INT n goes through the guest's IDT, if its gate lets the guest in. */
#include "grading/probes/lib/sensitive.h"

#define VECTOR	  0x77
#define ERROR_IDT 2u /* about a gate; which one: emulators differ */

USER_CODE(user_int, "int $0x77");

int
main(void)
{
	sensitive("INT n", "kernel", "enters the guest's handler",
		TRAPS(__asm__ volatile("int $0x77")) == VECTOR &&
			trap.cs == SEL_CODE);
	sensitive("INT n", "user", "is refused by a gate for the kernel",
		USER_RUN(user_int) == VEC_GP && (trap.error & ERROR_IDT));
	idt_set_dpl(VECTOR, 3);
	sensitive("INT n", "user", "enters ring 0 by a gate for the user",
		USER_RUN(user_int) == VECTOR && trap.cs == SEL_UCODE);
	return sensitive_end();
}
