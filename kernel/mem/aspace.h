/* SPDX-License-Identifier: MIT */
/*
 * User address spaces:
 *
 *	0x0000000000001000	lowest address that can be mapped
 *	0x0000000000400000	the program's segments, then its heap (brk)
 *	0x0000100000000000	anonymous mappings, growing up
 *	0x00007fffffffe000	top of the stack, growing down, USTACK_SIZE
 *	0x00007ffffffff000	never mapped: a SYSCALL instruction cannot
 *				return to a non-canonical address
 *
 * An address space is a list of areas (ranges with one protection) and the
 * page tables that cache it: pages appear when they are touched, filled with
 * zeros, and fork() shares them until one side writes.
 *
 * Only the thread of the owning process changes an address space, so there
 * is no lock.
 */
#ifndef KERNEL_MEM_ASPACE_H
#define KERNEL_MEM_ASPACE_H

#include "kernel/lib/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USER_LOW     0x1000ul
#define USER_MMAP    0x0000100000000000ul
#define USTACK_TOP   0x00007fffffffe000ul
#define USTACK_SIZE  0x100000ul /* 1 MiB; the page below is never mapped */
#define USER_MAP_END 0x00007ffffffff000ul

struct area {
	struct list link;    /* in aspace->areas, by address */
	uint64_t start, end; /* page aligned, [start, end) */
	int prot;	     /* PROT_* of kernel/abi/syscall.h */
};

struct aspace {
	uint64_t root; /* host-physical address of the top-level table */
	struct list areas;
	uint64_t heap_start, heap_end; /* the brk area; end is exact */
	size_t pages;		       /* frames mapped now */
};

/* An empty address space with the kernel's half, or NULL. */
struct aspace *aspace_create(void);

/* Free it and all its frames; no CPU may be using it. */
void aspace_destroy(struct aspace *as);

/*
 * A copy that shares all pages copy-on-write, or NULL when memory is short.
 * `as` must be the current one: its TLB entries are dropped.
 */
struct aspace *aspace_fork(struct aspace *as);

/*
 * Map [start, end) with protection prot.  0; -EINVAL for a bad range;
 * -EEXIST when it touches another area; -ENOMEM.
 */
int aspace_map(struct aspace *as, uint64_t start, uint64_t end, int prot);

/* Unmap what is mapped in [start, end): 0, -EINVAL or -ENOMEM. */
int aspace_unmap(struct aspace *as, uint64_t start, uint64_t end);

/* Where size bytes of anonymous memory would fit, or 0. */
uint64_t aspace_find(const struct aspace *as, uint64_t size);

/* Move the end of the heap; returns the end, moved or not. */
uint64_t aspace_set_heap(struct aspace *as, uint64_t end);

/*
 * Make the page that va lies in, aligned or not, present for an access.  Of
 * `error`, PF_WRITE and PF_FETCH of trap.h count: a write needs PROT_WRITE, a
 * fetch PROT_EXEC, and what is neither is a read, and needs PROT_READ.  Returns
 * 0 with the address of the frame's first byte in *hpa (if hpa is not NULL);
 * -EFAULT when there is no area, or not with that right; -ENOMEM.
 */
int aspace_fault(struct aspace *as, uint64_t va, uint32_t error, uint64_t *hpa);

/*
 * Copy n bytes into pages of any protection, making them present: for the
 * program loader.  0, -EFAULT, -ENOMEM.
 */
int aspace_fill(struct aspace *as, uint64_t va, const void *src, size_t n);

/* Use this address space on this CPU; NULL: the kernel's tables alone. */
void aspace_activate(const struct aspace *as);

#endif
