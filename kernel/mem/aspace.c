/* SPDX-License-Identifier: MIT */
/* Areas, faults and copies of user address spaces; the map is in aspace.h. */
#include "kernel/mem/aspace.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/syscall.h"
#include "kernel/cpu/asm.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/cpu/trap.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/paging.h"
#include "kernel/mem/uaccess.h"

struct aspace *
aspace_create(void)
{
	struct aspace *as = kzalloc(sizeof(*as));
	uint64_t *root, *kernel = phys_to_virt(kernel_root);

	if (!as)
		return NULL;
	as->root = pmm_alloc_zeroed(0);
	if (!as->root) {
		kfree(as);
		return NULL;
	}
	list_init(&as->areas);
	root = phys_to_virt(as->root);
	for (int i = 256; i < 512; i++)
		root[i] = kernel[i];
	return as;
}

/* Free a table and what hangs below it; level 0 is a page table. */
static void
table_free(uint64_t table, int level, unsigned entries)
{
	uint64_t *entry = phys_to_virt(table);

	for (unsigned i = 0; i < entries; i++) {
		if (!(entry[i] & PTE_P))
			continue;
		if (level > 0)
			table_free(entry[i] & PTE_ADDR, level - 1, 512);
		else
			pmm_free(entry[i] & PTE_ADDR, 0);
	}
	pmm_free(table, 0);
}

void
aspace_destroy(struct aspace *as)
{
	struct list *link;

	table_free(as->root, 3, 256);
	while ((link = list_pop(&as->areas)))
		kfree(list_entry(link, struct area, link));
	kfree(as);
}

static struct area *
area_at(const struct aspace *as, uint64_t va)
{
	struct list *it;

	list_for_each (it, &as->areas) {
		struct area *area = list_entry(it, struct area, link);

		if (va >= area->start && va < area->end)
			return area;
	}
	return NULL;
}

/* Is [start, end) page aligned, not empty and in user space? */
static bool
range_valid(uint64_t start, uint64_t end)
{
	return start < end && start >= USER_LOW && end <= USER_MAP_END &&
		((start | end) & (PAGE_SIZE - 1)) == 0;
}

/* Put a new area in its place in the list; 0 or -ENOMEM. */
static int
area_insert(struct aspace *as, uint64_t start, uint64_t end, int prot)
{
	struct area *area = kmalloc(sizeof(*area));
	struct list *it;

	if (!area)
		return -ENOMEM;
	area->start = start;
	area->end = end;
	area->prot = prot;
	list_for_each (it, &as->areas)
		if (list_entry(it, struct area, link)->start >= end)
			break;
	list_insert(it->prev, it, &area->link);
	return 0;
}

int
aspace_map(struct aspace *as, uint64_t start, uint64_t end, int prot)
{
	struct list *it;

	if (!range_valid(start, end))
		return -EINVAL;
	list_for_each (it, &as->areas) {
		struct area *area = list_entry(it, struct area, link);

		if (start < area->end && area->start < end)
			return -EEXIST;
		if (area->end == start && area->prot == prot) {
			struct list *next = it->next;

			if (next != &as->areas &&
				list_entry(next, struct area, link)->start <
					end)
				return -EEXIST;
			area->end = end;
			return 0;
		}
	}
	return area_insert(as, start, end, prot);
}

static void
pages_unmap(struct aspace *as, uint64_t start, uint64_t end)
{
	uint64_t *pte, va = start;

	while ((va = pte_next(as->root, va, end, &pte)) < end) {
		uint64_t hpa = *pte & PTE_ADDR;

		*pte = 0;
		invlpg(va);
		pmm_free(hpa, 0);
		as->pages--;
	}
}

int
aspace_unmap(struct aspace *as, uint64_t start, uint64_t end)
{
	struct list *it, *tmp;

	if (!range_valid(start, end))
		return -EINVAL;
	list_for_each_safe (it, tmp, &as->areas) {
		struct area *area = list_entry(it, struct area, link);
		uint64_t from = start > area->start ? start : area->start;
		uint64_t to = end < area->end ? end : area->end;

		if (from >= to)
			continue;
		if (from > area->start && to < area->end &&
			area_insert(as, to, area->end, area->prot))
			return -ENOMEM;
		pages_unmap(as, from, to);
		if (from > area->start) {
			area->end = from;
		} else if (to < area->end) {
			area->start = to;
		} else {
			list_remove(&area->link);
			kfree(area);
		}
	}
	return 0;
}

uint64_t
aspace_find(const struct aspace *as, uint64_t size)
{
	uint64_t start = USER_MMAP;
	struct list *it;

	list_for_each (it, &as->areas) {
		struct area *area = list_entry(it, struct area, link);

		if (area->end <= start)
			continue;
		if (area->start >= start && area->start - start >= size)
			return start;
		start = area->end;
	}
	return start < USER_MAP_END && USER_MAP_END - start >= size ? start : 0;
}

uint64_t
aspace_set_heap(struct aspace *as, uint64_t end)
{
	uint64_t old = page_round_up(as->heap_end), page_end;

	if (end < as->heap_start || end > USER_MMAP)
		return as->heap_end;
	page_end = page_round_up(end);
	if (page_end > old &&
		aspace_map(as, old, page_end, PROT_READ | PROT_WRITE))
		return as->heap_end;
	if (page_end < old && aspace_unmap(as, page_end, old))
		return as->heap_end;
	as->heap_end = end;
	return end;
}

static uint64_t
prot_flags(int prot)
{
	return PTE_U | (prot & PROT_WRITE ? PTE_W : 0) |
		(prot & PROT_EXEC ? 0 : PTE_NX);
}

/*
 * A write to the page at va, page aligned, whose entry has PTE_COW: take a copy
 * of the frame, and drop the reference to the old one; or, if nobody else
 * refers to it, take the frame itself.  The entry then allows writing, is not
 * PTE_COW, keeps its other rights, and the TLB has forgotten it.  0, or
 * -ENOMEM: all is as it was.
 */
static int
cow_break(uint64_t *pte, uint64_t va)
{
	uint64_t old = *pte & PTE_ADDR, copy;

	if (pmm_refs(old) > 1) {
		copy = pmm_alloc(0);
		if (!copy)
			return -ENOMEM;
		memcpy(phys_to_virt(copy), phys_to_virt(old), PAGE_SIZE);
		pmm_free(old, 0);
		*pte = copy | (*pte & ~PTE_ADDR);
	}
	*pte = (*pte & ~PTE_COW) | PTE_W;
	invlpg(va);
	return 0;
}

static int
page_add(struct aspace *as, uint64_t va, int prot, uint64_t **out)
{
	uint64_t *pte = pte_lookup(as->root, va, true);
	uint64_t hpa = pte ? pmm_alloc_zeroed(0) : 0;

	if (!hpa)
		return -ENOMEM;
	*pte = hpa | prot_flags(prot) | PTE_NEW;
	as->pages++;
	*out = pte;
	return 0;
}

int
aspace_fault(struct aspace *as, uint64_t va, uint32_t error, uint64_t *hpa)
{
	struct area *area = area_at(as, va);
	int need = error & PF_WRITE ? PROT_WRITE
		: error & PF_FETCH  ? PROT_EXEC
				    : PROT_READ;
	uint64_t *pte;
	int err = 0;

	if (!area || !(area->prot & need))
		return -EFAULT;
	pte = pte_lookup(as->root, va, false);
	if (!pte || !(*pte & PTE_P))
		err = page_add(as, va, area->prot, &pte);
	else if (error & PF_WRITE && *pte & PTE_COW)
		err = cow_break(pte, page_round_down(va));
	if (err == 0 && hpa)
		*hpa = *pte & PTE_ADDR;
	return err;
}

int
aspace_fill(struct aspace *as, uint64_t va, const void *src, size_t n)
{
	while (n > 0) {
		uint64_t offset = va & (PAGE_SIZE - 1);
		size_t part = PAGE_SIZE - offset < n ? PAGE_SIZE - offset : n;
		struct area *area = area_at(as, va);
		uint64_t *pte = pte_lookup(as->root, va, false);

		if (!area)
			return -EFAULT;
		if ((!pte || !(*pte & PTE_P)) &&
			page_add(as, va, area->prot, &pte))
			return -ENOMEM;
		memcpy((char *)phys_to_virt(*pte & PTE_ADDR) + offset, src,
			part);
		va += part;
		src = (const char *)src + part;
		n -= part;
	}
	return 0;
}

void
aspace_activate(const struct aspace *as)
{
	uint64_t root = as ? as->root : kernel_root;
	struct cpu *cpu;

	irq_disable();
	cpu = cpu_this();
	if (cpu->root != root) {
		cpu->root = root;
		write_cr3(root);
	}
	irq_enable();
}
