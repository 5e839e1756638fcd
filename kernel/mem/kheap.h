/* SPDX-License-Identifier: MIT */
/*
 * Small objects: size classes of powers of two from 16 bytes to 1 KiB, cut
 * from single frames; larger sizes take whole blocks of frames.
 */
#ifndef KERNEL_MEM_KHEAP_H
#define KERNEL_MEM_KHEAP_H

#include <stddef.h>

/*
 * Allocate size bytes, aligned to 16 at least.  Returns NULL when memory is
 * short or size is 0.  Callable with interrupts off.
 */
void *kmalloc(size_t size);

/* The same, filled with zeros. */
void *kzalloc(size_t size);

/* Free what kmalloc returned; NULL is allowed.  A double free panics. */
void kfree(void *ptr);

/* A copy of a string, or NULL. */
char *kstrdup(const char *s);

/* Bytes in frames that the allocator holds. */
size_t kheap_bytes(void);

#endif
