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

/* Machines on which x86, or an emulator, does not let an engine be right. */
enum probe_kind {
	PROBE_QEMU_SVM,
	PROBE_RING3,
	PROBE_RING3_NO_UMIP, /* the same, on a CPU without UMIP */
	PROBE_BOCHS_VMX,
	PROBE_BOCHS_VMX_SHADOW, /* the same, without unrestricted guest */
	PROBE_KINDS
};

struct probe {
	char name[64];
	char stops[80]; /* one of these, cut by |, is part of the reason */
	char may_stop[80];
	char lasts[80]; /* empty: it ends */
	char cmdline[80];
	/* what it fails with on a machine of that kind; empty: it does not */
	char fails[PROBE_KINDS][80];
	char may_fail[80]; /* under ring3: or it fails, and with this */
	unsigned long exits, memory;
	bool built;
	bool check; /* the MMU engine is to check its own rules meanwhile */
	bool demo;  /* it has a test of its own */
};

extern struct probe probes[PROBES_MAX];
extern size_t n_probes;

/* Fill probes[] with all but the witness. */
void probes_find(void);

/* Where the built probe lies; to be freed. */
char *probe_file(const char *name);

#endif
