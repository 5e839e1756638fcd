/* SPDX-License-Identifier: MIT */
/* One check: run what was built of it, and compare what it said. */
#ifndef GRADING_AUTO_CHECK_H
#define GRADING_AUTO_CHECK_H

#include "grading/auto/grade.h"

/* All texts are empty, the verdict is VERDICT_SKIPPED; check_free() ends it. */
void check_init(struct check_result *c);
void check_free(struct check_result *c);

/*
 * Run it in the sandbox.  What it said, to be freed; NULL: nothing that can be
 * judged.  messages: of the build, which may be why there is nothing to run.
 * dead: drivers of this submission that never get to their main(), which are
 * not run again; begins empty.  c gets how it ended, and where.
 */
char *check_run(const struct grading *g, const struct sandbox *sb,
	const struct check *check, const char *messages, struct list *dead,
	struct check_result *c);

/* The verdict on what it said, and the command that does it again. */
void check_judge(const struct grading *g, const struct check *check,
	const char *said, struct check_result *c);

/* Its shell commands with that seed in them; to be freed. */
char *check_command(const struct check *check, uint64_t seed);
/* Of a check that needs Bochs, which GDB cannot look into: the `make run` that
 * does the same, to be freed; NULL of others. */
char *check_in_bochs(const struct check *check, uint64_t seed);

/* The file with what the reference said; to be freed. */
char *check_expected(const struct grading *g, const struct check *check);

/* A student's tree has nothing to compare it with: it is graded later. */
bool check_is_later(const struct grading *g, const struct check *check);

#endif
