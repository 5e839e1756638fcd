/* SPDX-License-Identifier: MIT */
/*
 * A jump to a TSS is a task switch, and in long mode there is none: a #GP (APM
 * 2, 12.3).  A task gate in the IDT is none either.
 */
#include "grading/probes/lib/probe.h"

#define TASK_GATE 0x85
#define VECTOR	  0x90

int
main(void)
{
	static const struct __attribute__((packed)) {
		uint32_t offset;
		uint16_t selector;
	} to = { 0, SEL_FREE };

	gdt[SEL_FREE / 8] = gdt[SEL_TSS / 8] & ~(1ul << 41);
	gdt[SEL_FREE / 8 + 1] = gdt[SEL_TSS / 8 + 1];
	CHECK_IS(TRAPS(__asm__ volatile("ljmp *%0" : : "m"(to))), VEC_GP);
	CHECK_IS(trap.error, SEL_FREE);
	CHECK_IS(TRAPS(__asm__ volatile("lcall *%0" : : "m"(to))), VEC_GP);
	idt[VECTOR].type = TASK_GATE;
	idt[VECTOR].selector = SEL_FREE;
	CHECK_IS(TRAPS(__asm__ volatile("int $0x90")), VEC_GP);
	return 0;
}
