/* SPDX-License-Identifier: MIT */
/*
 * What a second exception makes of a first one while that is delivered (SDM
 * 3A, 6.15, tables 6-4 and 6-5): after a benign one it is delivered itself;
 * two contributory ones, or any but a benign one after a page fault, are a
 * double fault.
 */
#include "grading/probes/lib/probe.h"

#define BAD_STACK (FREE_GVA + 8 * MIB)
#define ERROR_IDT 2u /* the error code is about a gate */

/* What the first exception is made by. */
static void
raise(unsigned vector)
{
	switch (vector) {
	case VEC_DE:
		__asm__ volatile("divl %0" : : "r"(0) : "eax", "edx");
		break;
	case VEC_UD:
		__asm__ volatile("ud2");
		break;
	case VEC_GP:
		read64(0x0000800000000000ul);
		break;
	case VEC_PF:
		read64(FREE_GVA);
		break;
	default:
		break;
	}
}

/* The second one is #NP: the gate of the first is not present. */
static uint64_t
second_is_np(unsigned first)
{
	uint64_t vector;

	idt_init();
	idt[first].type &= 0x7f;
	vector = TRAPS(raise(first));
	idt_init();
	return vector;
}

/* The second one is #PF: the first one's stack is not there. */
static uint64_t
second_is_pf(unsigned first)
{
	uint64_t vector;

	idt_init();
	tss.ist[1] = BAD_STACK;
	idt[first].ist = 2;
	if (first == VEC_PF)
		idt_use_ist(VEC_DF, true);
	else
		idt_use_ist(VEC_PF, true);
	vector = TRAPS(raise(first));
	idt_init();
	return vector;
}

int
main(void)
{
	CHECK_IS(second_is_np(VEC_UD), VEC_NP);
	CHECK(trap.error & ERROR_IDT); /* which gate: emulators differ */
	CHECK_IS(second_is_np(VEC_DE), VEC_DF);
	CHECK_IS(trap.error, 0);
	CHECK_IS(second_is_np(VEC_GP), VEC_DF);
	CHECK_IS(second_is_np(VEC_PF), VEC_DF);
	CHECK_IS(trap.error, 0);

	CHECK_IS(second_is_pf(VEC_UD), VEC_PF);
	CHECK(trap_cr2 >= BAD_STACK - 64 && trap_cr2 < BAD_STACK);
	CHECK_IS(trap.error, 2);
	CHECK_IS(second_is_pf(VEC_DE), VEC_PF);
	CHECK_IS(second_is_pf(VEC_GP), VEC_PF);
	CHECK_IS(second_is_pf(VEC_PF), VEC_DF);
	return 0;
}
