/* SPDX-License-Identifier: MIT */
/*
 * The trusted tree that submissions are laid over: what students of the lab
 * were handed out, built, without anything that came of solutions.
 *
 * It takes long to build, so what was built is kept in build/grade/ (B names
 * another folder than build), under the digests of the compiler's version and
 * of the tree without the files with holes.  Where there is none for the tree,
 * what another one has is taken over, or what a student's own make built, and
 * make builds the rest.
 */
#ifndef GRADING_AUTO_BASE_H
#define GRADING_AUTO_BASE_H

#include "grading/auto/grade.h"

/* Make g->scratch/base/tree.  Dies if it does not build. */
void base_make(struct grading *g);

/* Take over what was built in the tree `from`, with the same tools: make builds
 * again what is made of a file that differs, because the others become as old
 * as they are there. */
void base_take_over(const char *from, const char *tree);

/* grade.c: the sandbox over folder/tree and folder/out. */
struct sandbox sandbox_of(const char *folder, unsigned slot, bool writable);
void sandbox_of_free(struct sandbox *sb);

/* grade.c: the make targets that the lab's checks need. */
void grade_targets(
	const struct grading *g, const char *only, struct list *targets);

/* grade.c: build what the checks need, as far as it goes; the messages, to be
 * freed; "": all was built.  only: a check's name, or NULL for all. */
char *grade_build(
	const struct grading *g, const struct sandbox *sb, const char *only);

#endif
