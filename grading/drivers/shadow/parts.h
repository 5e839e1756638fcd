/* SPDX-License-Identifier: MIT */
/*
 * The first functions of lab 04 one by one, without a guest: each of these
 * needs no function but those named, so who has written them sees it pass.
 */
#ifndef GRADING_DRIVERS_SHADOW_PARTS_H
#define GRADING_DRIVERS_SHADOW_PARTS_H

#include "grading/drivers/lib/driver.h"

/* Entries whose rights no guest entry decides: shadow_want(). */
void parts_wants(struct dice *d, const void *how);

/* Those of guest entries, in each view: want_rights(), too. */
void parts_rights(struct dice *d, const void *how);

/* What maps a page: shadow_page_value(). */
void parts_values(struct dice *d, const void *how);

/* Entries that come and go, and whom they point to: shadow_entry_set(), for
 * tables of physical addresses, which the two above make. */
void parts_links(struct dice *d, const void *how);

/* The same, and what is changed by its frame: entry_changed(), too. */
void parts_changes(struct dice *d, const void *how);

#endif
