/* SPDX-License-Identifier: MIT */
/*
 * Page tables that the VMM builds in host memory, of any format with entries
 * of 8 bytes (pagefmt.h): AMD's and Intel's nested tables.
 */
#ifndef VMM_MMU_PAGETABLE_H
#define VMM_MMU_PAGETABLE_H

#include "vmm/mmu/pagefmt.h"

#include <stddef.h>
#include <stdint.h>

struct pagetable {
	const struct pagefmt *fmt;
	uint64_t root;	      /* hpa */
	uint64_t table_flags; /* what a pointer to a table has set */
	size_t frames;	      /* that the tables take */
};

/* Make an empty one.  0 or -ENOMEM. */
int pagetable_init(
	struct pagetable *pt, const struct pagefmt *fmt, uint64_t table_flags);

/* Free all tables, not what they map. */
void pagetable_fini(struct pagetable *pt);

/*
 * Map the page of level 1 or 2 (or higher, if the format has such leaves)
 * that holds addr: the entry becomes `entry`, plus the leaf bit above level
 * 1.  What was mapped there before is replaced, smaller pages included.
 * Returns 0 when nothing was, 1 when something was that a CPU may have
 * cached, which is the caller's to flush; or -ENOMEM.
 */
int pagetable_map(
	struct pagetable *pt, uint64_t addr, unsigned level, uint64_t entry);

/*
 * Clear the entries of all pages that lie in [addr, addr + size); a larger
 * page that only overlaps the range goes as a whole.
 */
void pagetable_unmap(struct pagetable *pt, uint64_t addr, uint64_t size);

/* The entry that maps addr and its level; 0 when nothing does. */
uint64_t pagetable_lookup(
	const struct pagetable *pt, uint64_t addr, unsigned *level);

#endif
