/* SPDX-License-Identifier: MIT */
/*
 * One page, mapped more than 2^16 times, then used as a table: none of the
 * mappings may let it be written behind the VMM's back.
 */
/* exits: 60000 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

#define TABLES	   140ul
#define FIRST	   (3 * MIB)
#define VIEW(i, j) (FREE_GVA + (i)*2 * MIB + (j)*PAGE)

int
main(void)
{
	uint64_t *page = page_alloc(), *data = page_alloc(), *pd;

	page_map(FREE_GVA, 0, PTE_P | PTE_W, 1);
	pd = page_entry(FREE_GVA, 2);
	for (uint64_t i = 0; i < TABLES; i++) {
		uint64_t *table = (uint64_t *)(FIRST + i * PAGE);

		for (unsigned j = 0; j < 512; j++)
			table[j] =
				(uint64_t)page | PTE_P | PTE_W | PTE_A | PTE_D;
		pd[i] = (uint64_t)table | PTE_P | PTE_W;
	}
	write_cr3(read_cr3());
	for (uint64_t i = 0; i < TABLES; i++) {
		write64(VIEW(i, i), i);
		CHECK_IS(*page, i);
	}
	/* it becomes a table ... */
	page[0] = (uint64_t)data | PTE_P | PTE_W;
	pd[TABLES] = (uint64_t)page | PTE_P | PTE_W;
	write_cr3(read_cr3());
	data[0] = 0xd;
	CHECK_IS(read64(VIEW(TABLES, 0)), 0xd);
	/* ... which can be changed everywhere */
	for (uint64_t i = 0; i < TABLES; i += 13) {
		write64(VIEW(i, 511 - i), 0);
		invlpg(VIEW(TABLES, 0));
		CHECK_IS(TRAPS(read64(VIEW(TABLES, 0))), VEC_PF);
		write64(VIEW(i, i + 7), (uint64_t)data | PTE_P);
		CHECK_IS(read64(VIEW(TABLES, 0)), 0xd);
	}
	return 0;
}
