/* SPDX-License-Identifier: MIT */
/*
 * A class's grades in SQLite: OUT/gradebook.sqlite.
 *
 *	run	    lab, seed, number of the grading, whether it is going on;
 *		    one row
 *	submission  who, digest of what was graded, number of the grading,
 *		    points, max, days late, grade
 *	verdict	    who, check, passed or lost, points
 *	change	    what a later grading changed: its number, who, what,
 *		    before, after, whether it was told
 *
 * The first grading has number 0, a regrade the next one.  A submission's rows
 * are written in one transaction, so a run that is killed leaves none half
 * written, and the next one goes on.
 */
#ifndef GRADING_AUTO_GRADEBOOK_H
#define GRADING_AUTO_GRADEBOOK_H

#include "grading/auto/results.h"
#include "grading/auto/roll.h"

#include <sqlite3.h>

struct gradebook {
	sqlite3 *db;
	const struct course *course;
	const struct lab *lab;
	char *path;
	uint64_t seed;
	unsigned number; /* of the grading */
};

/* Open or make it.  seed: what to give a new one; 0: a fresh number. */
void gradebook_open(struct gradebook *b, const char *path,
	const struct course *course, const struct lab *lab, uint64_t seed);
void gradebook_close(struct gradebook *b);

/* All are to be graded again.  false: that began before and goes on. */
bool gradebook_regrade(struct gradebook *b);
/* All are graded. */
void gradebook_done(struct gradebook *b);

/* Has this grading just this (who, digest)? */
bool gradebook_has(
	const struct gradebook *b, const char *who, const char *digest);

/* Put a result in, in place of an older one; changes are noted. */
void gradebook_put(
	struct gradebook *b, const json_t *result, unsigned days_late);

/* Write grades.csv: those on the roll. */
void gradebook_csv(
	const struct gradebook *b, const struct roll *roll, const char *path);

/* Print what changed since the last time. */
void gradebook_changes(struct gradebook *b);

#endif
