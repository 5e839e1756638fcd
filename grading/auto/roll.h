/* SPDX-License-Identifier: MIT */
/*
 * The roll: who handed something in, and when.
 *
 *	SUBMISSIONS/NAME/	a submission: a tree, or the files with holes
 *	SUBMISSIONS/SUBMITTED	lines "2026-11-02 10:30 NAME", UTC, as the
 *				platform that collected them says
 *
 * When something was handed in is what the instructor knows of it.  Nothing in
 * a student's own folder counts: dates of files and commits are as the student
 * wishes.
 */
#ifndef GRADING_AUTO_ROLL_H
#define GRADING_AUTO_ROLL_H

#include "grading/auto/lab.h"

struct submission {
	char *folder; /* its path */
	char *who;    /* the folder's name, as text that shows (text_clean) */
	char *file;   /* the same, as the name of a file */
	bool dated;
	int64_t when; /* if dated: seconds, UTC */
};

struct roll {
	struct submission *at; /* by name */
	size_t n;
};

/* A name that a file system takes even with an ending, different for different
 * names; to be freed. */
char *roll_file_name(const char *who);

/* Read it; what is odd is said on standard error.  Dies of a folder that
 * cannot be read or is empty, and of wrong lines in SUBMITTED. */
void roll_read(struct roll *r, const char *submissions);
void roll_free(struct roll *r);

/* Days begun after the lab's due date; 0: it has none, or no date is known. */
unsigned roll_days_late(const struct submission *s, const struct course *c,
	const struct lab *lab);

/* If the lab has a due date, name on standard error those without a date. */
void roll_warn(
	const struct roll *r, const struct course *c, const struct lab *lab);

#endif
