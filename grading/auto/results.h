/* SPDX-License-Identifier: MIT */
/*
 * A result as JSON, and back: one file a submission, which is what workers
 * hand to the class's run, what the report reads and what exporters turn into
 * each platform's format.
 *
 * Nothing in it depends on when, where or beside what it was graded.
 */
#ifndef GRADING_AUTO_RESULTS_H
#define GRADING_AUTO_RESULTS_H

#include "grading/auto/grade.h"

#include <jansson.h>

/* digest: of what was graded. */
json_t *result_json(const struct result *r, const char *digest);

/* Write it, sorted and indented. */
void result_write(const json_t *json, const char *path);

/* Read it; NULL: it is not there, or not whole. */
json_t *result_read(const char *path);

/* A number of all files with holes of the submission: 16 digits; to be
 * freed. */
char *submission_digest(const struct lab *lab, const char *submission);

/* Members of a result. */
const char *result_text(const json_t *json, const char *name);
unsigned result_number(const json_t *json, const char *name);

/* report.c: write the page about results (an array, in order) to path. */
void report_write(const struct course *course, const struct lab *lab,
	const json_t *results, const char *path);

#endif
