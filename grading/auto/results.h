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

/* Points, visibility and words as the lab has them now.  Did any change? */
bool result_refresh(json_t *json, const struct lab *lab);

/* A number of all that decides on verdicts: the submission's files with
 * holes, and what is checked how: 16 digits; to be freed. */
char *submission_digest(const struct lab *lab, const char *submission);

/* Members of a result. */
const char *result_text(const json_t *json, const char *name);
unsigned result_number(const json_t *json, const char *name);

#endif
