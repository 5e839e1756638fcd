/* SPDX-License-Identifier: MIT */
/*
 * The functions of lab 04 one by one, without a guest's program: each of these
 * needs no function but those named, so who has written them sees it pass.
 * The first ones are in parts.c, those of a fault in faults.c, those of traced
 * tables in tables.c.
 */
#ifndef GRADING_DRIVERS_SHADOW_PARTS_H
#define GRADING_DRIVERS_SHADOW_PARTS_H

#include "grading/drivers/lib/driver.h"

#define TEXT_MAX 64

/* The names of ROLE_ flags, in text (TEXT_MAX); returns it. */
const char *flags_text(unsigned flags, char *text);

extern const char *const fmt_names[], *const view_names[];

/* Entries whose rights no guest entry decides: shadow_want(). */
void parts_wants(struct dice *d, const void *how);

/* The parts of 32-bit tables, and the halves of pages of 4 MiB: shadow_want(),
 * which asks want_rights(), but what rights is not said. */
void parts_halves(struct dice *d, const void *how);

/* Those of guest entries, in each view: want_rights(), too. */
void parts_rights(struct dice *d, const void *how);

/* What maps a page: shadow_page_value(). */
void parts_values(struct dice *d, const void *how);

/* Entries that come and go, and whom they point to: shadow_entry_set(), for
 * tables of physical addresses, which the two above make. */
void parts_links(struct dice *d, const void *how);

/* The same, and what is changed by its frame: entry_changed(), too. */
void parts_changes(struct dice *d, const void *how);

/*
 * Frames that hold one table more, and another: shadow_trace_begin(), and the
 * functions above.  how not NULL: tables go, too: shadow_trace_end().
 */
void parts_frames(struct dice *d, const void *how);

/* Roots, known and new, whose tables are not in memory: shadow_root(), and
 * what fills a table. */
void faults_roots(struct dice *d, const void *how);

/* Accesses of all kinds: shadow_fault(), fill_step(), shadow_root(), and
 * shadow_trace_begin(). */
void faults_judged(struct dice *d, const void *how);

/* Tables that are written in one place and in many: page_written(), and all
 * the functions that a store comes to. */
void tables_written(struct dice *d, const void *how);

/* Tables that are written until they count as data: page_is_data(), too. */
void tables_data(struct dice *d, const void *how);

#endif
