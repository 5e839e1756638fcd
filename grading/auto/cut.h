/* SPDX-License-Identifier: MIT */
/*
 * Cutting the body out of a function, and putting one in.  Pure.
 *
 * There are no marks in the sources: a function's name stands at column 0,
 * and so do the braces of its body (docs/style.md; `make test` checks it).
 * That is all that is needed to find it.  What only looks so, in a comment, a
 * string or a macro, is not it; and where the braces in between do not pair
 * up, nothing is cut rather than too little.
 */
#ifndef GRADING_AUTO_CUT_H
#define GRADING_AUTO_CUT_H

#include <stddef.h>

enum cut_result {
	CUT_OK,
	CUT_MISSING, /* the function is not defined here, or not in our style */
	CUT_TWICE,   /* it is defined more than once */
	CUT_UNEVEN   /* its braces do not pair up: no end, or in an #if */
};

/* Where a body lies: the lines between the braces, by byte offsets. */
struct cut {
	size_t start, end;
};

/* Find the body of the function in the text. */
enum cut_result cut_find(const char *text, const char *function, struct cut *c);

/*
 * The text with that body replaced; to be freed.  body: whole lines, or
 * empty.
 */
char *cut_replace(const char *text, const struct cut *c, const char *body);

#endif
