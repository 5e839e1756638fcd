/* SPDX-License-Identifier: MIT */
/*
 * A class's grades in SQLite: OUT/gradebook.sqlite.
 *
 *	run	    lab and seed; one row
 *	submission  who, digest of what was graded, points, days late, grade
 *	verdict	    who, check, passed or lost, points
 *	change	    what a regrade changed: who, check, before, after
 *
 * A submission's rows are written in one transaction, so a run that is killed
 * leaves none half written.
 */
#ifndef GRADING_AUTO_GRADEBOOK_H
#define GRADING_AUTO_GRADEBOOK_H

#include "grading/auto/results.h"

#include <sqlite3.h>

/* Open or make it.  *seed: that of the book, or what to give a new one. */
sqlite3 *gradebook_open(
	const char *path, const struct lab *lab, uint64_t *seed);

/* Is just this (who, digest) in it? */
bool gradebook_has(sqlite3 *db, const char *who, const char *digest);

/* Put a result in, in place of an older one; changes are noted. */
void gradebook_put(sqlite3 *db, const json_t *result, unsigned days_late,
	const struct course *course);

/* Write grades.csv. */
void gradebook_csv(sqlite3 *db, const struct lab *lab, const char *path);

/* Print what a regrade changed; how many lines. */
unsigned gradebook_changes(sqlite3 *db);

#endif
