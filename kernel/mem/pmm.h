/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: frames of 4 KiB, handed out in blocks of 2^order frames,
 * each aligned to its own size, and counted by references.
 */
#ifndef KERNEL_MEM_PMM_H
#define KERNEL_MEM_PMM_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT	   12
#define PAGE_SIZE	   4096ul
#define PAGE_SHIFT_2M	   21
#define PAGE_SIZE_2M	   0x200000ul
#define PMM_ORDER_MAX	   10 /* the largest block: 4 MiB */
#define PMM_ORDER_2M	   9
#define page_round_up(x)   (((x) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#define page_round_down(x) ((x) & ~(PAGE_SIZE - 1))

/* Where all physical memory is mapped, writable and never executable. */
#define DIRECT_MAP_BASE 0xffff800000000000ul

/* A host-physical address, and the kernel's own address of that byte. */
#define phys_to_virt(hpa) ((void *)((uint64_t)(hpa) + DIRECT_MAP_BASE))
#define virt_to_phys(ptr) ((uint64_t)(ptr)-DIRECT_MAP_BASE)

/*
 * Allocate 2^order frames, contiguous and aligned, contents undefined, each
 * with one reference.  Returns the host-physical address, or 0 when no such
 * block is free (frame 0 is never handed out).  Takes the pmm lock; may be
 * called with interrupts off.
 */
uint64_t pmm_alloc(unsigned order);

/* The same, filled with zeros. */
uint64_t pmm_alloc_zeroed(unsigned order);

/*
 * Drop one reference of each of the block's frames; a frame without any is
 * free again.  The order must be that of the allocation, or 0 for one frame
 * of a block after another.  A frame that is not allocated is the caller's
 * mistake: panics.  Takes the pmm lock; may be called with interrupts off.
 */
void pmm_free(uint64_t hpa, unsigned order);

/* One more reference to one frame of managed memory. */
void pmm_ref(uint64_t hpa);

/* How many references a frame has; 0 when it is free or not managed. */
uint32_t pmm_refs(uint64_t hpa);

/*
 * The order of the allocated block that starts at hpa: what pmm_alloc() was
 * given.
 */
unsigned pmm_order(uint64_t hpa);

/* Take over the RAM of the boot description; once, on the boot CPU. */
void pmm_init(void);

/* One byte beyond the highest RAM of the boot description. */
uint64_t pmm_end(void);

/* Frames in all, and frames free now. */
size_t pmm_frames_total(void);
size_t pmm_frames_free(void);

#endif
