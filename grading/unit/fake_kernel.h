/* SPDX-License-Identifier: MIT */
/*
 * The kernel's services for code that is tested on the host, in one thread:
 * locks that notice misuse, memory on the C library's heap that can run out,
 * and a log that is remembered.  For a test's `links:` line:
 * grading/unit/fake_kernel.c.
 */
#ifndef GRADING_UNIT_FAKE_KERNEL_H
#define GRADING_UNIT_FAKE_KERNEL_H

#include <stddef.h>

/* Allocations that still succeed, heap and frames together. */
extern size_t fake_allocations_left;

/* What pmm_frames_free() says. */
extern size_t fake_frames_free;

/* Frames handed out and not given back. */
extern size_t fake_frames_used;

/* The text of the last kwarn or kprintf. */
extern char fake_log[512];

/* Called in place of sleeping; may make the condition true. */
extern int (*fake_sleep)(void);

/* Everything works again and nothing is remembered. */
void fake_reset(void);

#endif
