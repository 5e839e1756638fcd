/* SPDX-License-Identifier: MIT */
/*
 * Code where none is: no page, no right, no memory, no address.
 *
 * A bus on which nobody answers reads as ones, and FF FF is no instruction.
 */
#include "grading/probes/lib/probe.h"

#define ERROR_FETCH 0x10

static void
jump(uint64_t to)
{
	((void (*)(void))to)();
}

int
main(void)
{
	CHECK_IS(TRAPS(jump(FREE_GVA)), VEC_PF);
	CHECK_IS(trap.rip, FREE_GVA);
	CHECK_IS(trap_cr2, FREE_GVA);
	CHECK_IS(trap.error, ERROR_FETCH);

	CHECK_IS(TRAPS(jump(NO_RAM)), VEC_UD);
	CHECK_IS(trap.rip, NO_RAM);
	CHECK_IS(TRAPS(jump(NO_RAM + 0xfff)), VEC_UD);

	CHECK_IS(TRAPS(jump(0x0000800000000000ul)), VEC_GP);
	CHECK_IS(trap.error, 0);
	CHECK_IS(TRAPS(jump(0x8000000000000000ul)), VEC_GP);

	page_map(FREE_GVA, (uint64_t)page_alloc(), PTE_P | PTE_W | PTE_NX, 1);
	CHECK_IS(TRAPS(jump(FREE_GVA)), VEC_PF);
	CHECK_IS(trap.error, ERROR_FETCH | 1);
	return 0;
}
