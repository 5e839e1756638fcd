/* SPDX-License-Identifier: MIT */
/*
 * The grader's own folders.
 *
 * Work lies in /tmp/droste-grade-UID/XXXXXX (or below TMPDIR), which its run
 * keeps locked.  Whatever ends a run, its folder goes: at exit, or when it was
 * killed outright, at the next start of any run of the same user, who finds
 * the folder there and not locked.
 */
#ifndef GRADING_AUTO_SCRATCH_H
#define GRADING_AUTO_SCRATCH_H

#include "grading/auto/util.h"

/* A new empty folder, which users of the sandbox can pass through; to be
 * freed.  It is deleted when this process exits. */
char *scratch_make(void);
void scratch_remove(const char *scratch);

/*
 * The first of SCRATCH_USERS numbers of users that no other run on this
 * machine has, if we are root: limits on processes count by user, and one
 * run's fork bomb is not to starve another run.
 */
#define SCRATCH_USERS 69
unsigned scratch_users(void);

/* Dies if there are less than so many bytes for work. */
void scratch_room(const char *scratch, uint64_t bytes);

/* Open the file and lock it; what is said of it when another has it.  The
 * lock ends with this process, whatever it forked. */
void lock_take(const char *path, const char *busy);

#endif
