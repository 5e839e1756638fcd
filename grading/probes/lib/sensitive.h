/* SPDX-License-Identifier: MIT */
/*
 * For the probes of x86's sensitive instructions, a file each
 * (grading/probes/sensitive_NAME.c): each case is a line of the table in
 * docs/sensitive.md, which the runner makes of what they print.
 *
 * An instruction is sensitive if what it does depends on, or changes, what a
 * VMM must keep for itself (Popek and Goldberg, 1974).  Those that trap where
 * they may not be executed are harmless.  Robin and Irvine ("Analysis of the
 * Intel Pentium's Ability to Support a Secure Virtual Machine Monitor",
 * USENIX Security, 2000) list those that do not.
 */
#ifndef GRADING_PROBES_SENSITIVE_H
#define GRADING_PROBES_SENSITIVE_H

#include "grading/probes/lib/probe.h"

/*
 * One case: what a CPU of the guest's own would do, and whether this one did.
 * The texts must not contain a |.
 */
void sensitive(
	const char *insn, const char *where, const char *does, bool right);

/* The end of main(): fails, and names the first case that was wrong. */
int sensitive_end(void);

/* CR4.UMIP is offered; and switch it on or off in the guest. */
bool umip_offered(void);
void umip_set(bool on);

/*
 * For SGDT and its kin, which the guest's ring 3 may execute unless UMIP is
 * set (SDM 3A, 2.5): a case in each mode.  kernel() executes the instruction,
 * and the user's code `name` does it to USER_DATA; same() compares what is
 * there with the guest's own.
 */
#define SENSITIVE_READS(insn, does, kernel, same, name)                        \
	do {                                                                   \
		kernel;                                                        \
		sensitive(insn, "kernel", does, same(&kernel_saw));            \
		sensitive(insn, "user", does,                                  \
			USER_RUN(name) == VEC_BP && same((void *)USER_DATA));  \
		if (!umip_offered())                                           \
			break;                                                 \
		umip_set(true);                                                \
		sensitive(insn, "user, UMIP", "#GP",                           \
			USER_RUN(name) == VEC_GP && trap.error == 0);          \
		kernel;                                                        \
		sensitive(insn, "kernel, UMIP", does, same(&kernel_saw));      \
		umip_set(false);                                               \
	} while (0)

#endif
