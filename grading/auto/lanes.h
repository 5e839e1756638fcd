/* SPDX-License-Identifier: MIT */
/* The checks of one submission, several at a time. */
#ifndef GRADING_AUTO_LANES_H
#define GRADING_AUTO_LANES_H

#include "grading/auto/grade.h"

/*
 * How many checks this machine can run at a time, 1 to LANES_MAX: a lane for
 * each of its CPUs; one, where the container is the sandbox, since there what
 * runs is ended by its user.
 */
#define LANES_MAX 4
unsigned lanes_usual(void);

/*
 * Run the checks that are wanted, g->lanes at a time, in a tree that is built
 * and sealed.  r gets their verdicts and points, which do not depend on the
 * number of lanes.  Lane 0 runs as sb does; the others have users and folders
 * for results of their own.  The caller's other threads, if any, must not
 * fork.
 */
void lanes_run(const struct grading *g, const struct sandbox *sb,
	const char *only, bool progress, struct result *r);

#endif
