/* SPDX-License-Identifier: MIT */
/*
 * A lab as its folder describes it:
 *
 *	labs/NN-name/lab.ini	title, checks, points; read with libinih
 *	labs/NN-name/holes	lines "path: function", the exercises
 *	labs/NN-name/files	paths, or folders with a slash at the end, that
 *				first appear in this lab
 *	labs/never		the same for what no student gets
 *	labs/course.ini		the course: late policy, due dates, seed
 *
 * A file that several lists cover is its of whose entry is longest; one that
 * none covers is there from the first lab on.
 */
#ifndef GRADING_AUTO_LAB_H
#define GRADING_AUTO_LAB_H

#include "grading/auto/util.h"

#define LABS_MAX	20
#define CHECKS_MAX	64
#define COURSE_FILE_MAX (8u << 20) /* bytes of one of our own files */

/* Where a check's evidence comes from. */
enum check_type {
	CHECK_HOST,   /* a driver on the host, linked with the sources */
	CHECK_KERNEL, /* a driver in place of kmain(), in the machine */
	CHECK_SHELL   /* commands for the shell of the machine */
};

enum visibility {
	VISIBLE,
	AFTER_DUE_DATE,
	HIDDEN
};

struct check {
	char *name;
	enum check_type type;
	char *driver;  /* grading/drivers/NAME.c, or kernel/NAME.c below it */
	char *command; /* CHECK_SHELL; @SEED@ stands for a number */
	char *hole;    /* the exercise that it is of; "": of all together */
	char *witness; /* CHECK_SHELL; see machine.h */
	char *about;   /* one line for the student */
	unsigned points;
	unsigned budget; /* virtual milliseconds: millions of instructions */
	enum visibility visibility;
};

struct hole {
	char *path, *function;
};

struct lab {
	unsigned number; /* as in the folder's name */
	char *folder;	 /* "labs/04-shadow" */
	char *name;	 /* "04-shadow" */
	char *title;
	char *starts;	 /* shell commands that reach the first lab_todo() */
	unsigned hours;	 /* that a student needs */
	unsigned budget; /* of checks that have none of their own; 0: usual */
	struct list files;
	struct hole *hole;
	size_t n_holes;
	struct check check[CHECKS_MAX];
	size_t n_checks;
};

struct course {
	char *root; /* of the tree */
	struct lab lab[LABS_MAX];
	size_t n_labs; /* in order of their numbers */
	struct list never;
	char *name;
	unsigned late_percent_a_day, late_days_max;
	uint64_t seed;	     /* 0: the class's run picks one */
	char *due[LABS_MAX]; /* "2026-03-01 23:59", UTC; NULL: none */
};

/* Read labs/ of the tree.  Dies, with file and line, of what is wrong. */
void course_read(struct course *c, const char *root);
void course_free(struct course *c);

/* The lab with that number, "04" or "4"; dies if there is none. */
const struct lab *course_lab(const struct course *c, const char *number);

#define OWNER_NOBODY 0xffffu

/* The number of the lab that the file first appears in, or OWNER_NOBODY. */
unsigned course_owner(const struct course *c, const char *path);

/* labs/starter/ has a file that students get in place of this one. */
bool course_replaces(const struct course *c, const char *path);

/* All files of the tree, sorted: what git tracks, or else all that is there
 * and not built. */
void course_tree(const struct course *c, struct list *files);

/* The files with this lab's holes, each once. */
void lab_hole_files(const struct lab *lab, struct list *files);

unsigned lab_points(const struct lab *lab);
const struct check *lab_check(const struct lab *lab, const char *name);
const char *visibility_name(enum visibility v);

#endif
