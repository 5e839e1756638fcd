/* SPDX-License-Identifier: MIT */
/* Page tables in host memory; pagetable.h has the contracts. */
#include "vmm/mmu/pagetable.h"

#include "kernel/abi/errno.h"
#include "kernel/mem/pmm.h"

#define ENTRIES 512

static uint64_t *
pagetable_entries(const struct pagetable *pt, uint64_t entry)
{
	return phys_to_virt(entry & pt->fmt->addr);
}

int
pagetable_init(
	struct pagetable *pt, const struct pagefmt *fmt, uint64_t table_flags)
{
	pt->fmt = fmt;
	pt->table_flags = table_flags;
	pt->root = pmm_alloc_zeroed(0);
	pt->frames = pt->root ? 1 : 0;
	return pt->root ? 0 : -ENOMEM;
}

/* Free a table of this level and all below. */
static void
pagetable_free(struct pagetable *pt, uint64_t hpa, unsigned level)
{
	const uint64_t *entries = phys_to_virt(hpa);

	for (unsigned i = 0; level > 1 && i < ENTRIES; i++)
		if ((entries[i] & pt->fmt->present) &&
			!pagefmt_is_leaf(pt->fmt, level, entries[i]))
			pagetable_free(
				pt, entries[i] & pt->fmt->addr, level - 1);
	pmm_free(hpa, 0);
	pt->frames--;
}

void
pagetable_fini(struct pagetable *pt)
{
	if (pt->root)
		pagetable_free(pt, pt->root, pt->fmt->levels);
	pt->root = 0;
}

static uint64_t *
pagetable_slot(const struct pagetable *pt, uint64_t table, uint64_t addr,
	unsigned level)
{
	return pagetable_entries(pt, table) +
		pagefmt_offset(pt->fmt, level, addr) / sizeof(uint64_t);
}

/* What an entry of this level leads to goes away; true: there was something. */
static bool
pagetable_clear(struct pagetable *pt, uint64_t *entry, unsigned level)
{
	uint64_t old = *entry;

	*entry = 0;
	if ((old & pt->fmt->present) && !pagefmt_is_leaf(pt->fmt, level, old))
		pagetable_free(pt, old & pt->fmt->addr, level - 1);
	return old & pt->fmt->present;
}

int
pagetable_map(
	struct pagetable *pt, uint64_t addr, unsigned level, uint64_t entry)
{
	uint64_t table = pt->root, *slot;
	bool replaced = false;

	for (unsigned l = pt->fmt->levels; l > level; l--) {
		slot = pagetable_slot(pt, table, addr, l);
		if (pagefmt_is_leaf(pt->fmt, l, *slot))
			replaced = pagetable_clear(pt, slot, l);
		if (!(*slot & pt->fmt->present)) {
			uint64_t hpa = pmm_alloc_zeroed(0);

			if (!hpa)
				return -ENOMEM;
			pt->frames++;
			*slot = hpa | pt->table_flags;
		}
		table = *slot;
	}
	slot = pagetable_slot(pt, table, addr, level);
	replaced |= pagetable_clear(pt, slot, level);
	*slot = level > 1 ? entry | pt->fmt->leaf : entry;
	return replaced;
}

uint64_t
pagetable_lookup(const struct pagetable *pt, uint64_t addr, unsigned *level)
{
	uint64_t table = pt->root;

	for (unsigned l = pt->fmt->levels; l > 0; l--) {
		uint64_t entry = *pagetable_slot(pt, table, addr, l);

		*level = l;
		if (!(entry & pt->fmt->present))
			return 0;
		if (pagefmt_is_leaf(pt->fmt, l, entry))
			return entry;
		table = entry;
	}
	return 0;
}

void
pagetable_unmap(struct pagetable *pt, uint64_t addr, uint64_t size)
{
	uint64_t end = addr + size;

	while (addr < end) {
		uint64_t table = pt->root, *slot = NULL, step;
		unsigned l = pt->fmt->levels;

		for (;; l--) {
			slot = pagetable_slot(pt, table, addr, l);
			if (!(*slot & pt->fmt->present) ||
				pagefmt_is_leaf(pt->fmt, l, *slot))
				break;
			table = *slot;
		}
		*slot = 0;
		step = 1ull << pagefmt_shift(pt->fmt, l);
		addr = (addr & ~(step - 1)) + step;
	}
}
