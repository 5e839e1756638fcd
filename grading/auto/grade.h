/* SPDX-License-Identifier: MIT */
/*
 * Grading one submission of one lab.
 *
 *	base	 the trusted tree: what students of the lab got, built once
 *	+ files with the lab's holes, and nothing else, of the submission
 *	= work	 built and run in the sandbox; each check's observations are
 *		 compared with those of the reference for the same seed
 *
 * In a student's tree there is no reference; there the observations for one
 * seed lie in labs/NN-name/expected/.
 */
#ifndef GRADING_AUTO_GRADE_H
#define GRADING_AUTO_GRADE_H

#include "grading/auto/lab.h"
#include "grading/auto/sandbox.h"

struct result;

struct grading {
	const struct course *course;
	const struct lab *lab;
	uint64_t seed;
	char *scratch;	/* base/, expected/ and the work of the workers */
	bool student;	/* the tree is a student's */
	bool keep_text; /* keep what each check said: of the reference */
	bool steady; /* build in a fixed order: messages are the same again */
	unsigned lanes; /* checks at a time: lanes.h */
	bool quick;	/* skip what needs the shell of the machine */
	/* called after each check of a submission, with its index; or NULL */
	void (*tell)(void *arg, const struct result *r, size_t check);
	void *tell_arg;
};

enum verdict {
	VERDICT_LOST,
	VERDICT_PASSED,
	VERDICT_SKIPPED, /* not asked for, or the time was over */
	VERDICT_LATER	 /* hidden: graded when it is handed in */
};

struct check_result {
	enum verdict verdict;
	char *why;	/* what happened, in a line or some */
	char *where;	/* "after": the lines before, as context; or "" */
	char *expected; /* the first line that differs, "" for none */
	char *seen;
	char *wrong;	 /* the first difference in words, in some lines */
	char *stood;	 /* where it ended or hung: function, file, line */
	char *exits;	 /* the last exits of its guests, decoded */
	unsigned line;	 /* the first that differs, from 1; 0: none */
	char *evidence;	 /* what the student's code printed; its last part */
	char *reproduce; /* the command */
	bool unsteady;	 /* what it printed depends on when it was ended */
};

struct result {
	const struct lab *lab;
	char *who;
	uint64_t seed;
	struct check_result check[CHECKS_MAX];
	unsigned points;
	struct list remarks; /* what an instructor wants to know */
	char *build;	     /* messages of the build; "" if none */
	unsigned milliseconds;
};

/* Make base and the expected observations.  only: checks, or NULL for
 * all. */
void grading_prepare(struct grading *g, const struct course *course,
	const struct lab *lab, uint64_t seed, const char *only, bool quick);
void grading_end(struct grading *g);

/* Is the check one that is asked for?  only: names, or NULL for all. */
bool grading_wants(
	const struct grading *g, const struct check *check, const char *only);

/*
 * Grade the submission in a folder; slot: the worker's number.  progress: a
 * line on the terminal as it goes.
 */
void grade(const struct grading *g, const char *submission, const char *who,
	unsigned slot, const char *only, bool progress, struct result *r);
/* A result in which nothing is graded yet. */
void result_init(struct result *r, const struct lab *lab, uint64_t seed,
	const char *who);
void result_free(struct result *r);

/*
 * submission.c: a file of a submission, to be freed.  NULL: it is none that is
 * taken, and *problem says why.
 */
char *submission_file(
	const char *submission, const char *path, const char **problem);

/* submission.c: copy the hole files of a submission over the tree, and note
 * what is odd about it. */
void submission_take(const struct lab *lab, const char *submission,
	const char *tree, struct list *remarks);

/* objects.c: note what is odd about the objects that were built of it. */
void remark_objects(
	const struct lab *lab, const struct sandbox *sb, struct list *remarks);

/* judge.c: compare observations; fills in the verdict and what differs. */
void judge(const char *expected, const char *seen, struct check_result *r);

#endif
