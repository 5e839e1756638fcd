/* SPDX-License-Identifier: MIT */
/*
 * One table lies where no memory is: it reads as ones, so a look-up in it
 * meets reserved bits and is a page fault; a VMM that cannot do better stops
 * this guest and says why.
 */
/* may stop: needed by the page tables */
#include "grading/probes/lib/probe.h"

#define ERROR_RESERVED 0x8

int
main(void)
{
	uint64_t *top;

	page_map(FREE_GVA, 0, PTE_P, 1);
	top = page_entry(FREE_GVA, 2);
	*top = NO_RAM | PTE_P | PTE_W;
	invlpg(FREE_GVA);
	CHECK_IS(TRAPS(read64(FREE_GVA)), VEC_PF);
	CHECK_IS(trap.error & ~1ul, ERROR_RESERVED);
	return 0;
}
