/* SPDX-License-Identifier: MIT */
/*
 * Taking all of memory, to see what there is and what happens without it.
 * Blocks that were taken form a list through their first words.
 */
#ifndef GRADING_DRIVERS_KERNEL_LIB_FRAMES_H
#define GRADING_DRIVERS_KERNEL_LIB_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Take all blocks, from 2^order frames down to one frame.  Returns the list.
 * Aloud: say how many of each order there were.  That is the same in all right
 * kernels as long as nothing else is taken; which blocks others were given
 * follows from the kernel's size.
 */
uint64_t drain(unsigned order, bool aloud);

/* The first of a list is free again; returns the rest. */
uint64_t give_one(uint64_t list);

/* One frame more in the list, if there is one; returns the list. */
uint64_t take_one(uint64_t list);

void give_all(uint64_t list);

/* Frames that were in use: n of those that are free hold no zeros. */
void spoil(unsigned n);

#endif
