/* SPDX-License-Identifier: MIT */
/*
 * The kernel's page tables, and the table operations that address spaces
 * build on.  The map of the kernel half:
 *
 *	0xffff800000000000	direct map of all RAM       RW- NX
 *	0xffffc00000000000	kernel stacks, guard pages  RW- NX
 *	0xffffd00000000000	device registers, uncached  RW- NX
 *	0xffffe00000000000	windows, see paging_map_window()
 *	0xffffffff80100000	the kernel image            R-X, R--, RW-
 *
 * No page is writable and executable, by any of its addresses: where the
 * direct map shows the image's text and constants, it is read-only.
 */
#ifndef KERNEL_MEM_PAGING_H
#define KERNEL_MEM_PAGING_H

#include "kernel/mem/pmm.h"

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_BASE 0xffffffff80000000ul
#define KSTACK_BASE 0xffffc00000000000ul
#define MMIO_BASE   0xffffd00000000000ul

/*
 * Windows: top-level entries that all show the same pages.  Code and data
 * that must lie at one address in two address spaces live here, at whichever
 * of the addresses the other address space has free.
 */
#define WINDOW_BASE  0xffffe00000000000ul
#define WINDOW_SHIFT 39 /* log2 of a window's bytes */
#define WINDOW_COUNT 16

/* A page-table entry (APM 2, 5.3.3). */
#define PTE_P	 (1ul << 0)
#define PTE_W	 (1ul << 1)
#define PTE_U	 (1ul << 2)
#define PTE_PWT	 (1ul << 3)
#define PTE_PCD	 (1ul << 4)
#define PTE_A	 (1ul << 5)
#define PTE_D	 (1ul << 6)
#define PTE_PS	 (1ul << 7) /* a large page, where not the last level */
#define PTE_G	 (1ul << 8)
#define PTE_COW	 (1ul << 9) /* software: writable once copied */
#define PTE_NX	 (1ul << 63)
#define PTE_ADDR 0x000ffffffffff000ul

/*
 * A new entry: present, accessed and dirty.  The kernel never asks for the
 * latter two, so the CPU need not stop to set them; in a VM with shadow page
 * tables it would fault for each.
 */
#define PTE_NEW (PTE_P | PTE_A | PTE_D)

/* Host-physical address of the kernel's own top-level table. */
extern uint64_t kernel_root;

/* Build the kernel's tables and load them; once, on the boot CPU. */
void paging_init(void);

/*
 * The last-level entry for a 4 KiB page, or NULL: when a table is missing
 * and `create` is false, when no frame for it is free, or when a large page
 * is in the way.  New tables get the user bit below USER_END.
 */
uint64_t *pte_lookup(uint64_t root, uint64_t va, bool create);

/*
 * The first page in [va, end) that is present, with its last-level entry in
 * *pte; or end.  Steps over what is missing table by table, however far that
 * is.  va is page aligned, end at most USER_END; below that there are no large
 * pages.
 */
uint64_t pte_next(uint64_t root, uint64_t va, uint64_t end, uint64_t **pte);

/*
 * Map one 4 KiB page at va to the frame at hpa.  The entry gets `flags`, which
 * are any bits of an entry but PTE_ADDR, and PTE_NEW whether or not it is among
 * them.  Missing tables are made.  Returns 0, or -ENOMEM if pte_lookup() finds
 * no entry.  That no page is there yet is the caller's duty.
 */
int paging_map(uint64_t root, uint64_t va, uint64_t hpa, uint64_t flags);

/*
 * Map device registers uncached; the mapping lasts for ever.  hpa and size
 * may be unaligned.  Returns the address of the first byte, or NULL.
 */
volatile void *paging_map_device(uint64_t hpa, uint64_t size);

/*
 * Map one 4 KiB page at an offset from the start of every window, for ever.
 * Returns 0 or -ENOMEM.
 */
int paging_map_window(uint64_t offset, uint64_t hpa, uint64_t flags);

/* The top-level entry of the windows, for use in other tables. */
uint64_t paging_window_entry(void);

/* The address of an offset in window number n, below WINDOW_COUNT. */
static inline uint64_t
window_address(unsigned n, uint64_t offset)
{
	return WINDOW_BASE + ((uint64_t)n << WINDOW_SHIFT) + offset;
}

/*
 * A kernel stack of THREAD_STACK_SIZE bytes over an unmapped guard page.
 * Returns its lowest byte, or NULL.  kstack_free() waits for the other CPUs
 * to forget the mapping: thread context, no locks.
 */
void kstack_init(void); /* at boot, after paging_init() */
void *kstack_alloc(void);
void kstack_free(void *stack);

/* Drop [va, va + pages * 4 KiB) from every CPU's TLB; as kstack_free(). */
void tlb_flush_all(uint64_t va, unsigned pages);

/* The other half of it, in the interrupt of the CPU that is asked. */
void tlb_shootdown_handle(void);

#endif
