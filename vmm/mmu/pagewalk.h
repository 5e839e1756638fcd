/* SPDX-License-Identifier: MIT */
/*
 * The one walk of page tables.  It knows no format: a const description
 * (pagefmt.h) says what entries look like, so the guest's own tables of every
 * paging mode, AMD's nested tables, Intel's and the shadow's are all walked
 * by the same few lines.  Pure.
 *
 * The guest's tables lie in guest-physical memory, all others in the host's.
 */
#ifndef VMM_MMU_PAGEWALK_H
#define VMM_MMU_PAGEWALK_H

#include "vmm/mmu/pagefmt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gmem;

/* One reference to a table. */
struct pagewalk_step {
	uint64_t addr;	/* of the entry, in the memory of the tables */
	uint64_t entry; /* what it held */
	uint8_t level;	/* 1 is the lowest */
};

/* How a walk ends. */
enum pagewalk_end {
	PAGEWALK_PAGE,	   /* at a page */
	PAGEWALK_ABSENT,   /* the last entry is not present */
	PAGEWALK_WRONG,	   /* it is present, and malformed */
	PAGEWALK_NOWHERE,  /* its table is not in the host's memory */
	PAGEWALK_NO_MEMORY /* the host has none left for the guest's table */
};

struct pagewalk {
	const struct pagefmt *fmt;
	uint64_t addr;		/* at PAGEWALK_PAGE: the translation of va... */
	uint64_t page_size;	/* ...and the size of its page, in bytes */
	bool write, user, exec; /* what the entries together allow */
	unsigned steps;
	struct pagewalk_step step[PAGEFMT_LEVELS];
};

/*
 * Walk from the table at root to va, each entry fetched once, and fill *out,
 * its steps whatever the end.  gmem: the guest's tables lie there, and one
 * outside RAM reads as all ones, as on a PC's bus; NULL: the tables are in
 * the host's memory.  va: bits that the format does not translate are
 * ignored.  Rights are gathered, not judged.
 */
enum pagewalk_end pagewalk(struct gmem *gmem, const struct pagefmt *fmt,
	const struct pagefmt_cpu *cpu, uint64_t root, uint64_t va,
	struct pagewalk *out);

#endif
