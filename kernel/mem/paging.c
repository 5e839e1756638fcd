/* SPDX-License-Identifier: MIT */
/* The kernel's own page tables; the map is drawn in paging.h. */
#include "kernel/mem/paging.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/asm.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/uaccess.h"

uint64_t kernel_root;

extern char boot_start[], kernel_text_start[], kernel_text_end[];
extern char kernel_data_start[], kernel_data_end[], kernel_end[];

static uint64_t mmio_next = MMIO_BASE; /* boot only: no lock */

static unsigned
table_index(uint64_t va, int level)
{
	return va >> (PAGE_SHIFT + 9 * level) & 511;
}

/*
 * The entry for va in the table of a level (3: PML4 ... 0: PT).  A table that
 * is missing on the way down is made if `create`: zeroed, its entry present,
 * accessed and writable, with the user bit if va is below USER_END.  Returns
 * NULL when a table is missing and not to be made, when no frame is free for
 * it, or when a large page is in the way; what was made by then stays.
 */
static uint64_t *
entry_lookup(uint64_t root, uint64_t va, int level, bool create)
{
	uint64_t *table = phys_to_virt(root);

	for (int at = 3; at > level; at--) {
		uint64_t *entry = &table[table_index(va, at)];

		if (!(*entry & PTE_P)) {
			uint64_t hpa = create ? pmm_alloc_zeroed(0) : 0;

			if (!hpa)
				return NULL;
			*entry = hpa | PTE_P | PTE_A | PTE_W |
				(va < USER_END ? PTE_U : 0);
		}
		if (*entry & PTE_PS)
			return NULL;
		table = phys_to_virt(*entry & PTE_ADDR);
	}
	return &table[table_index(va, level)];
}

uint64_t *
pte_lookup(uint64_t root, uint64_t va, bool create)
{
	return entry_lookup(root, va, 0, create);
}

uint64_t
pte_next(uint64_t root, uint64_t va, uint64_t end, uint64_t **pte)
{
	while (va < end) {
		uint64_t *table = phys_to_virt(root), *entry, size;
		int level = 3;

		entry = &table[table_index(va, level)];
		while (level > 0 && *entry & PTE_P) {
			table = phys_to_virt(*entry & PTE_ADDR);
			entry = &table[table_index(va, --level)];
		}
		if (*entry & PTE_P) {
			*pte = entry;
			return va;
		}
		size = PAGE_SIZE << 9 * level;
		va = (va + size) & ~(size - 1);
	}
	return end;
}

int
paging_map(uint64_t root, uint64_t va, uint64_t hpa, uint64_t flags)
{
	uint64_t *pte = pte_lookup(root, va, true);

	if (!pte)
		return -ENOMEM;
	kassert(!(*pte & PTE_P));
	*pte = hpa | flags | PTE_NEW;
	return 0;
}

/* At boot there is memory, or the machine is too small to run. */
static void
boot_map(uint64_t va, uint64_t hpa, uint64_t flags)
{
	if (paging_map(kernel_root, va, hpa, flags | PTE_G))
		panic("paging: no memory for the kernel's page tables");
}

/* What the image's own permissions leave to an alias in the direct map. */
static uint64_t
direct_map_flags(uint64_t hpa)
{
	uint64_t text = (uint64_t)kernel_text_start - KERNEL_BASE;
	uint64_t data = (uint64_t)kernel_data_start - KERNEL_BASE;

	if (hpa >= text && hpa < data)
		return PTE_NX;
	return PTE_W | PTE_NX;
}

static void
map_direct(void)
{
	uint64_t image_end = (uint64_t)kernel_end - KERNEL_BASE;

	for (uint64_t hpa = 0; hpa < pmm_end(); hpa += PAGE_SIZE_2M) {
		uint64_t va = DIRECT_MAP_BASE + hpa;
		uint64_t *large;

		if (hpa < image_end) {
			for (uint64_t at = 0; at < PAGE_SIZE_2M;
				at += PAGE_SIZE)
				boot_map(va + at, hpa + at,
					direct_map_flags(hpa + at));
			continue;
		}
		large = entry_lookup(kernel_root, va, 1, true);
		if (!large)
			panic("paging: no memory for the direct map");
		*large = hpa | PTE_NEW | PTE_W | PTE_PS | PTE_G | PTE_NX;
	}
}

static void
map_image(void)
{
	uint64_t text = (uint64_t)kernel_text_start;

	for (uint64_t va = text; va < (uint64_t)kernel_end; va += PAGE_SIZE) {
		uint64_t flags = PTE_NX;

		if (va < (uint64_t)kernel_text_end)
			flags = 0;
		else if (va >= (uint64_t)kernel_data_start &&
			va < (uint64_t)kernel_data_end)
			flags = PTE_W | PTE_NX;
		boot_map(va, va - KERNEL_BASE, flags);
	}
}

/* One table, which every window's entry of the top level points to. */
static void
map_windows(void)
{
	uint64_t *root = phys_to_virt(kernel_root);
	unsigned first = table_index(WINDOW_BASE, 3);
	uint64_t table = pmm_alloc_zeroed(0);

	if (!table)
		panic("paging: no memory for the windows");
	for (unsigned i = 0; i < WINDOW_COUNT; i++)
		root[first + i] = table | PTE_P | PTE_A | PTE_W;
}

/*
 * Address spaces copy the upper half of the top-level table once, so each
 * of its entries that will ever be used must be there from the start.
 */
void
paging_init(void)
{
	kernel_root = pmm_alloc_zeroed(0);
	if (!kernel_root)
		panic("paging: no memory for the top-level table");
	map_direct();
	map_image();
	map_windows();
	if (!entry_lookup(kernel_root, KSTACK_BASE, 2, true) ||
		!entry_lookup(kernel_root, MMIO_BASE, 2, true))
		panic("paging: no memory for the kernel's areas");
	write_cr3(kernel_root);
}

int
paging_map_window(uint64_t offset, uint64_t hpa, uint64_t flags)
{
	return paging_map(kernel_root, WINDOW_BASE + offset, hpa, flags);
}

uint64_t
paging_window_entry(void)
{
	const uint64_t *root = phys_to_virt(kernel_root);

	return root[table_index(WINDOW_BASE, 3)];
}

volatile void *
paging_map_device(uint64_t hpa, uint64_t size)
{
	uint64_t first = page_round_down(hpa);
	uint64_t last = page_round_up(hpa + size);
	uint64_t va = mmio_next;

	for (uint64_t at = first; at < last; at += PAGE_SIZE) {
		if (paging_map(kernel_root, mmio_next, at,
			    PTE_W | PTE_NX | PTE_PCD | PTE_PWT | PTE_G))
			return NULL;
		mmio_next += PAGE_SIZE;
	}
	return (volatile void *)(va + (hpa - first));
}
