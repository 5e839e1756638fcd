/* SPDX-License-Identifier: MIT */
/*
 * The probes (grading/probes/) as their sources describe themselves: near the
 * top, in comments of one line (grading/probes/lib/probe.h lists them).
 */
#ifndef GRADING_SYSTEM_PROBE_H
#define GRADING_SYSTEM_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#define PROBES_MAX   120
#define MEMORY_USUAL 8 /* MiB */
#define WITNESS	     "witness"

struct probe {
	char name[64];
	char stops[80]; /* one of these, cut by |, is part of the reason */
	char may_stop[80];
	char lasts[80]; /* empty: it ends */
	char cmdline[80];
	char ring3[80]; /* what it fails with there; empty: it does not */
	unsigned long exits, memory;
	bool built;
};

extern struct probe probes[PROBES_MAX];
extern size_t n_probes;

/* Fill probes[] with all but the witness. */
void probes_find(void);

/* Where the built probe lies; to be freed. */
char *probe_file(const char *name);

#endif
