/* SPDX-License-Identifier: MIT */
/*
 * What want.c says of most entries of page tables, in a few steps: of one that
 * maps a page of 4 KiB, in RAM that gmem has in one piece, and where nothing
 * but the entry itself matters.  It is in a header because each traced write
 * and each fill comes by.
 */
#ifndef VMM_MMU_SHADOW_LEAF_H
#define VMM_MMU_SHADOW_LEAF_H

#include "kernel/mem/pmm.h"
#include "vmm/mmu/shadow/shadow.h"

#define SHADOW_PAGE (PAGEFMT_PRESENT | PAGEFMT_ACCESSED | PAGEFMT_DIRTY)

/* The host's address of a page in gmem's first slot; 0: ask gmem_page(). */
static inline uint64_t
shadow_leaf_hpa(const struct gmem *gmem, uint64_t gpa)
{
	const struct gmem_slot *slot = &gmem->slot[0];
	uint64_t chunk;

	if (gpa - slot->gpa >= slot->size || slot->kind != GMEM_RAM)
		return 0;
	chunk = slot->chunks[(gpa >> PAGE_SHIFT_2M) -
		(slot->gpa >> PAGE_SHIFT_2M)];
	if (!chunk || (chunk & GMEM_SPLIT))
		return 0;
	return chunk + (gpa & (PAGE_SIZE_2M - 1));
}

/* The entry that a guest entry gives in p; false: ask want.c. */
static inline bool
shadow_leaf_value(const struct shadow *s, const struct shadow_page *p,
	uint64_t guest, uint64_t *value)
{
	uint64_t rights, gpa, hpa;

	if (!p->small)
		return false;
	*value = 0;
	if ((guest & p->must) != p->must || (guest & p->reserved_leaf))
		return true;
	gpa = guest & PAGEFMT_ADDR;
	hpa = shadow_leaf_hpa(s->gmem, gpa);
	if (!hpa)
		return false;
	rights = p->always |
		(guest & (PAGEFMT_WRITE | PAGEFMT_USER | PAGEFMT_NX));
	if (!(guest & PAGEFMT_DIRTY))
		rights &= ~p->clean;
	*value = SHADOW_PAGE | rights | hpa;
	if ((rights & PAGEFMT_WRITE) && shadow_frame_traced(s, gpa))
		*value ^= PAGEFMT_WRITE | SHADOW_TRACED;
	return true;
}

#endif
