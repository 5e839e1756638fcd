/* SPDX-License-Identifier: MIT */
/* What the proofs of a lab's grading share (prove.c says what they are). */
#ifndef GRADING_AUTO_PROVE_H
#define GRADING_AUTO_PROVE_H

#include "grading/auto/grade.h"

/* What the headers of mutants say holds for it.  With another seed a mutant may
 * lose a check more or less of those that are not its own. */
#define PROOF_SEED 20261101

struct proof {
	struct course course;
	struct grading g;
	const struct lab *lab;
	unsigned cases, failed;
	unsigned times; /* that the reference is graded again */
	char *folder;	/* where submissions are made */
	/* of each check: the last exercise that it needs, by its index */
	size_t last[CHECKS_MAX];
};

/* A line of TAP: does it hold, and if not, why. */
void tap(struct proof *p, bool holds, const char *name, const char *detail);

/* prove_tree.c: the students' tree, which lies in out. */
void prove_tree(struct proof *p, const char *out);
/* prove_tree.c: it builds without a word, and boots to its first lab_todo().
 * Unless anew, with what the grader's tree was built of, which had no warning
 * either.  folder: what the machine writes lies in it. */
void prove_boot(
	struct proof *p, const char *folder, const char *tree, bool anew);

/* prove_holes.c: each exercise alone, and what the handout says of it. */
void prove_holes(struct proof *p);

/* prove_submission.c: a folder with the hole files, as the reference has them
 * or as the starter; its path is to be freed. */
char *submission_make(struct proof *p, const char *name, bool starter);

/* prove_submission.c: grade it, and delete it. */
void submission_grade(struct proof *p, const char *folder, struct result *r);

/* prove_submission.c: the names of the checks that were lost; to be freed. */
char *lost(const struct proof *p, const struct result *r);

/* The same of those that did not end at a lab_todo(), and how they did. */
char *lost_untold(const struct proof *p, const struct result *r);

#endif
