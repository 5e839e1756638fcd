/* SPDX-License-Identifier: MIT */
/* PUSHF shows IF and IOPL, which are not what they are for the host. */
/* ring3: PUSHF, kernel */
#include "grading/probes/lib/sensitive.h"

#define IF   (1ul << 9)
#define IOPL (3ul << 12)

USER_CODE(user_pushf, "pushfq");

int
main(void)
{
	uint64_t off, on, iopl;

	interrupts_off();
	__asm__ volatile("pushfq; popq %0" : "=r"(off));
	sensitive("PUSHF", "kernel", "stores IF 0 behind CLI", !(off & IF));
	interrupts_on();
	__asm__ volatile("pushfq; popq %0" : "=r"(on));
	interrupts_off();
	sensitive("PUSHF", "kernel", "stores IF 1 behind STI", on & IF);
	/* IRET can set the IOPL, and is seen by every VMM */
	__asm__ volatile("mov %%rsp, %%rax\n\t"
			 "pushq $0x10; pushq %%rax; pushq $0x3002\n\t"
			 "pushq $0x08; pushq $1f; iretq\n"
			 "1: pushfq; popq %0"
			 : "=r"(iopl)
			 :
			 : "rax", "memory");
	sensitive("PUSHF", "kernel", "stores the guest's IOPL",
		(iopl & IOPL) == IOPL);
	CHECK_IS(USER_RUN(user_pushf), VEC_BP);
	sensitive("PUSHF", "user", "stores IF 0 if the kernel left it so",
		!(read64(trap.rsp) & IF));
	return sensitive_end();
}
