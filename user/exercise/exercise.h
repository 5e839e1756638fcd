/* SPDX-License-Identifier: MIT */
/*
 * Work for a kernel: programs that use it in ways made up from a number, and
 * print one line with the sum of all they saw.  The sum is right only if the
 * kernel did everything right, and nobody can know it beforehand.  The
 * autograder compares it with that of the reference kernel.
 */
#ifndef USER_EXERCISE_EXERCISE_H
#define USER_EXERCISE_EXERCISE_H

#include "user/lib/libc.h"

#include <stdbool.h>

#define PAGE 4096ul

/* Numbers made up, and the sum of what was seen. */
struct work {
	uint64_t state, sum;
};

uint64_t work_next(struct work *w);
uint64_t work_below(struct work *w, uint64_t n);
void work_saw(struct work *w, uint64_t value);

/* Run in a child; its exit status, or 128 + the signal. */
int work_child(struct work *w, void (*fn)(struct work *w));

struct part {
	const char *name;
	void (*fn)(struct work *w);
};

/* memory.c */
void part_memory(struct work *w);
void part_heap(struct work *w);
void part_copy_on_write(struct work *w);
void part_rights(struct work *w);
/* process.c */
void part_faults(struct work *w);
void part_forbidden(struct work *w);
void part_preempt(struct work *w);
void part_registers(struct work *w);
void part_many(struct work *w);
void part_exec(struct work *w);
void part_sleep(struct work *w);
/* files.c */
void part_pipes(struct work *w);
void part_files(struct work *w);
void part_directory(struct work *w);
void part_pointers(struct work *w);

#endif
