/* SPDX-License-Identifier: MIT */
/*
 * The page about a class: one file that needs no other and no network.
 *
 * Its style and script are grading/auto/report.css and report.js, copied in.
 * All text that came from a submission is escaped, and a policy in the page
 * (CSP) forbids whatever else might get in: only the script with the right
 * nonce runs, which follows from the seed, and nothing is loaded.
 */
#ifndef GRADING_AUTO_REPORT_H
#define GRADING_AUTO_REPORT_H

#include "grading/auto/results.h"

/* Write the page about results (an array, in order) to path. */
void report_write(const struct course *course, const struct lab *lab,
	const json_t *results, const char *path);

/* Add text with the signs that mean something in HTML escaped. */
void html_text(struct text *t, const char *s);

/* The check with this index of a result, and whether it was passed. */
const json_t *report_check(const json_t *result, size_t i);
bool report_passed(const json_t *result, size_t i);

/* report_students.c: who has what; each student's failures. */
void report_map(struct text *t, const struct lab *lab, const json_t *results);
void report_students(
	struct text *t, const struct lab *lab, const json_t *results);

#endif
