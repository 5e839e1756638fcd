/* SPDX-License-Identifier: MIT */
/* CALL to another segment goes through the guest's GDT and its gates. */
#include "grading/probes/lib/sensitive.h"

#define GATE_CALL_USER 0x0000ec0000000000ull /* present, DPL 3 */

extern const char call_target[], call_gate_target[];

/* The pointer lies behind the code. */
USER_CODE(user_call, "lcall *1f(%rip)\n\tint3\n1:\t.long 0; .word 0x43");
USER_CODE(user_call_system, "lcall *1f(%rip)\n\tint3\n1:\t.long 0; .word 0x08");

int
main(void)
{
	struct __attribute__((packed)) {
		uint32_t offset;
		uint16_t selector;
	} there = { (uint32_t)(uint64_t)call_target, SEL_CODE };
	uint64_t cs = 0, target = (uint64_t)call_gate_target;

	__asm__ volatile("lcall *%1\n\t"
			 "jmp 2f\n"
			 "call_target: movl 4(%%rsp), %k0\n\t"
			 "lretl\n"
			 "2:"
			 : "=&r"(cs)
			 : "m"(there)
			 : "memory");
	sensitive("CALL", "kernel", "leaves the guest's CS on the stack",
		(uint16_t)cs == SEL_CODE);
	gdt[SEL_FREE / 8] = GATE_CALL_USER | (target & 0xffff) |
		(uint64_t)SEL_CODE << 16 | (target >> 16 & 0xffff) << 48;
	gdt[SEL_FREE / 8 + 1] = target >> 32;
	__asm__ volatile("jmp 1f\n"
			 "call_gate_target: int3\n"
			 "1:");
	sensitive("CALL", "user", "enters ring 0 by the guest's call gate",
		USER_RUN(user_call) == VEC_BP && trap.cs == SEL_CODE &&
			trap.rip == target + 1);
	sensitive("CALL", "user", "enters no segment of the kernel's directly",
		USER_RUN(user_call_system) == VEC_GP && trap.error == SEL_CODE);
	return sensitive_end();
}
