/* SPDX-License-Identifier: MIT */
/*
 * The verdict: do the observations of the student's code equal those of the
 * reference?  Pure; the first line that differs is what a student gets to
 * see, with the lines before it.
 */
#include "grading/auto/explain.h"
#include "grading/auto/grade.h"

#include <stdlib.h>
#include <string.h>

#define CONTEXT	 3   /* lines */
#define LINE_CUT 200 /* characters that are shown of one */

/* The line that the offset is in, cut; to be freed. */
static char *
line_of(const char *text, size_t at)
{
	const char *start = text + at;
	size_t len;

	while (start > text && start[-1] != '\n')
		start--;
	len = strcspn(start, "\n");
	return format("%.*s", (int)(len < LINE_CUT ? len : LINE_CUT), start);
}

/* The lines before the one that the offset is in; to be freed. */
static char *
lines_before(const char *text, size_t at)
{
	const char *end = text + at, *start;

	while (end > text && end[-1] != '\n')
		end--;
	start = end;
	for (unsigned n = 0; start > text && n < CONTEXT; n++) {
		start--;
		while (start > text && start[-1] != '\n')
			start--;
	}
	return format("%.*s", (int)(end - start), start);
}

void
judge(const char *expected, const char *seen, struct check_result *r)
{
	size_t at = 0;

	if (strcmp(expected, seen) == 0) {
		r->verdict = VERDICT_PASSED;
		return;
	}
	r->verdict = VERDICT_LOST;
	while (expected[at] && expected[at] == seen[at])
		at++;
	free(r->where);
	free(r->wrong);
	free(r->expected);
	free(r->seen);
	r->where = lines_before(expected, at);
	r->wrong = explain(expected, seen);
	r->line = explain_line(expected, seen);
	r->expected = line_of(expected, at);
	if (seen[at] == '\0' && (at == 0 || seen[at - 1] == '\n'))
		r->seen = format("nothing: it ended there");
	else
		r->seen = line_of(seen, at);
}
