/* SPDX-License-Identifier: MIT */
/*
 * Copying an address space for fork().
 *
 * No page is copied: both sides get the frame, which counts one reference
 * more, and both lose the write permission, with the software bit PTE_COW to
 * say that it was there.  The first write of either side faults and takes a
 * copy (cow_break() in aspace.c).
 */
#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/paging.h"

/*
 * Map the page of *pte, at va, in `copy` too, with the same rights: one more
 * reference to its frame, one more page of `copy`.  If it could be written,
 * neither side may any more and both entries have PTE_COW; if not, *pte stays
 * as it is.  The caller makes the TLB forget.  0, or -ENOMEM: `copy` has no
 * such page, the frame no more references; *pte may have PTE_COW for PTE_W all
 * the same, as the next write puts that right.
 */
static int
page_share(struct aspace *copy, uint64_t va, uint64_t *pte)
{
	int err;

	if (*pte & PTE_W)
		*pte = (*pte & ~PTE_W) | PTE_COW;
	err = paging_map(copy->root, va, *pte & PTE_ADDR, *pte & ~PTE_ADDR);
	if (err)
		return err;
	pmm_ref(*pte & PTE_ADDR);
	copy->pages++;
	return 0;
}

static int
area_share(struct aspace *copy, struct aspace *as, const struct area *area)
{
	uint64_t *pte, va = area->start;

	for (;; va += PAGE_SIZE) {
		va = pte_next(as->root, va, area->end, &pte);
		if (va == area->end)
			return 0;
		if (page_share(copy, va, pte))
			return -ENOMEM;
	}
}

struct aspace *
aspace_fork(struct aspace *as)
{
	struct aspace *copy = aspace_create();
	struct list *it;

	if (!copy)
		return NULL;
	copy->heap_start = as->heap_start;
	copy->heap_end = as->heap_end;
	list_for_each (it, &as->areas) {
		struct area *area = list_entry(it, struct area, link);

		if (aspace_map(copy, area->start, area->end, area->prot) ||
			area_share(copy, as, area)) {
			aspace_destroy(copy);
			copy = NULL;
			break;
		}
	}
	write_cr3(as->root);
	return copy;
}
