/* SPDX-License-Identifier: MIT */
/* Frames that a kernel does not get back, counted from outside. */
#ifndef GRADING_AUTO_LEAKS_H
#define GRADING_AUTO_LEAKS_H

#include "grading/auto/machine.h"

/*
 * Run the shell's command in one machine, and twice in another, each within
 * budget_ms virtual milliseconds (machine.h).  When all is over the first has
 * some frames in use; each that the second has in use beyond these was lost
 * in the second round.  r->witnessed says how many: "none" up to LEAKS_FEW,
 * since a right kernel may keep an object more in its caches.  r is the
 * second machine's; the first's, if that did not power off.
 */
#define LEAKS_FEW 8
void leaks_run(const struct sandbox *sb, const char *kernel, const char *initrd,
	const char *command, unsigned budget_ms, struct machine_result *r);

#endif
