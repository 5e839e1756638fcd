/* SPDX-License-Identifier: MIT */
/*
 * A guest of made-up page tables, accesses and stores, on a CPU that walks
 * the shadow tables (grading/unit/shadow_rig.h): what the scenarios of lab 04
 * are made of.
 */
#ifndef GRADING_DRIVERS_SHADOW_PLAY_H
#define GRADING_DRIVERS_SHADOW_PLAY_H

#include "grading/drivers/lib/driver.h"
#include "grading/unit/fake_kernel.h"
#include "grading/unit/shadow_rig.h"
#include "kernel/mem/pmm.h"

#define PLACES 12 /* addresses that are used */
#define ROOTS  3
#define FRAMES 24 /* that pages lie in, from PAGES on */
#define PAGES  0x80000ull
#define LARGE  0x400000ull /* memory for pages of 2 MiB */

enum paging {
	OFF,
	LONG,
	PAE,
	LEGACY,
	LEGACY_PSE
};

/* What a scenario does, each in percent of its steps. */
struct how {
	enum paging paging;
	uint8_t view;	/* enum shadow_view */
	uint64_t flags; /* of entries: bits that may be missing or set */
	uint64_t cr0_clear, cr4;
	unsigned map, change, store, load_cr3, large, reserved, unmap;
	unsigned before; /* so many pages are mapped before CR3 is loaded */
	unsigned guests; /* one after another; 0: one */
	unsigned kib;	 /* of shadow memory; 0: the least */
	unsigned steps;
	bool both_views, deep;	  /* deep: change entries of every level */
	bool bits, errors, rules; /* what is said besides where it lands */
};

struct play {
	struct rig r;
	struct dice *d;
	const struct how *how;
	uint64_t root[ROOTS];
	uint64_t place[PLACES];
	unsigned current;
};

/* A guest that has not loaded a root yet: whatever it writes before then is
 * followed by no shadow.  how stays its own. */
void play_init(struct play *p, struct dice *d, const struct how *how);

/* One step; at is a number below 100, and how says what it stands for. */
void play_step(struct play *p, unsigned at);

/* The guest loads root number n. */
void play_load(struct play *p, unsigned n);

/* An access, and what came of it, said. */
void play_access(struct play *p, uint64_t gva, uint32_t access);

/*
 * The address of the entry of a level for gva in the tables at root; make:
 * with the tables on the way, else 0 when one is missing.
 */
uint64_t play_entry(
	struct play *p, uint64_t root, uint64_t gva, unsigned level, bool make);

/* Guest entries, as wide as the mode has them. */
uint64_t entry_read(struct play *p, uint64_t at);
void entry_write(struct play *p, uint64_t at, uint64_t entry);

#endif
