/* SPDX-License-Identifier: MIT */
/*
 * The differential guest (grading/differ/) on engine pairs: each program comes
 * to the same traps, registers and memory as on the bare machine.
 *
 * The reference is made on the same machine without anything around the guest:
 * what two emulators' CPUs do otherwise from each other (or from the manuals)
 * is no difference then, and what a VMM does otherwise than its CPU is.
 *
 * A program that differs is named with the command that shows where
 * (grading/differ/show).  DIFFER_SEED and DIFFER_COUNT in the environment
 * choose other programs; `make soak` takes many.
 */
#ifndef GRADING_SYSTEM_DIFFER_H
#define GRADING_SYSTEM_DIFFER_H

#include "machine.h"

struct differ_pair {
	const char *engine, *mmu;
	bool hides;	   /* the guest runs in ring 3, where x86 hides some */
	bool checks;	   /* shadow paging looks at its invariants meanwhile */
	const char *count; /* of programs; NULL: none but under `make soak` */
	const char *soak;
	const char *emulator,
		*cpu;	     /* settings, or NULL for those of tools/run */
	const char *options; /* more words for the guest, or NULL */
};

/*
 * A case for each pair that has programs, and one that the comparison would
 * see a difference; at most 8 pairs.  Returns the exit status of the test.
 */
int differ_run(const struct differ_pair *pairs, size_t n_pairs);

#endif
