/* SPDX-License-Identifier: MIT */
/*
 * The top table is an entry of its own, the usual way to reach all tables: they
 * can be read and changed there, changes count behind INVLPG, and a table that
 * is read-only there is read-only (XSA-182 was a short cut in that check).
 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

#define SLOT 300ul /* of the top table */
#define BASE (0xffff000000000000ul | SLOT << 39)

/* Where the entry of that level for gva is seen. */
static uint64_t *
seen(uint64_t gva, unsigned level)
{
	uint64_t at = gva;

	for (unsigned l = 0; l < level; l++)
		at = 0xffff000000000000ul | SLOT << 39 |
			(at >> 9 & 0x7ffffffff8ul);
	return (uint64_t *)at;
}

int
main(void)
{
	uint64_t *a = page_alloc(), *b = page_alloc(), *entry;

	*a = 0xa;
	*b = 0xb;
	entry = page_map(FREE_GVA, (uint64_t)a, PTE_P | PTE_W, 1);
	CHECK_IS(read64(FREE_GVA), 0xa);
	guest_pml4[SLOT] = (uint64_t)guest_pml4 | PTE_P | PTE_W;
	for (unsigned level = 1; level <= 4; level++)
		CHECK_IS(*seen(FREE_GVA, level), *page_entry(FREE_GVA, level));
	CHECK_IS(*entry & (PTE_A | PTE_D), PTE_A);
	for (int i = 0; i < 50; i++) {
		*seen(FREE_GVA, 1) = (uint64_t)(i & 1 ? a : b) | PTE_P;
		invlpg(FREE_GVA);
		CHECK_IS(read64(FREE_GVA), i & 1 ? 0xa : 0xb);
		CHECK_IS(*entry & PTE_A, PTE_A);
	}
	CHECK_IS(guest_pml4[SLOT] & (PTE_A | PTE_D), PTE_A); /* no leaf */
	write64((uint64_t)seen(FREE_GVA, 4), *seen(FREE_GVA, 4));
	CHECK_IS(guest_pml4[SLOT] & (PTE_A | PTE_D), PTE_A | PTE_D);

	/* read-only: by itself, at every level */
	*seen(BASE, 4) = (uint64_t)guest_pml4 | PTE_P;
	invlpg(BASE);
	write_cr3(read_cr3());
	for (unsigned level = 1; level <= 4; level++) {
		CHECK_IS(TRAPS(*(volatile uint64_t *)seen(FREE_GVA, level) = 0),
			VEC_PF);
		CHECK_IS(trap.error, 3);
	}
	CHECK_IS(TRAPS(*(volatile uint64_t *)&guest_pml4[SLOT] |= PTE_W),
		NO_TRAP);
	write_cr3(read_cr3());
	*seen(FREE_GVA, 1) = 0;
	invlpg(FREE_GVA);
	CHECK_IS(TRAPS(read64(FREE_GVA)), VEC_PF);
	guest_pml4[SLOT] = 0;
	write_cr3(read_cr3());
	CHECK_IS(TRAPS(*(volatile uint64_t *)seen(FREE_GVA, 1)), VEC_PF);
	return 0;
}
