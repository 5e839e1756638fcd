/* SPDX-License-Identifier: MIT */
/* Finding a lab's files in what a student handed in. */
#ifndef GRADING_AUTO_COLLECT_H
#define GRADING_AUTO_COLLECT_H

#include "grading/auto/grade.h"

struct collected {
	char *folder; /* with the files found, at their own paths */
	struct list
		notes; /* for the student: what was taken, what is missing */
	size_t found;  /* files */
	bool in_place; /* the folder is a part of what was handed in */
};

/*
 * from: a folder or an archive; stage: a folder of ours, for copies.  Needs the
 * sandbox (sandbox_require).
 */
void collect(const struct lab *lab, const char *from, const char *stage,
	struct collected *c);
/* The length of the ending that makes it an archive's name, ".tar.gz"; 0: it
 * has none. */
size_t collect_ending(const char *path);
void collected_free(struct collected *c);

#endif
