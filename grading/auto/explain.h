/* SPDX-License-Identifier: MIT */
/*
 * What two observations differ in, in words.  Pure.
 *
 * A driver's line that does not begin with a space begins a step; lines that
 * do are what came of it.
 */
#ifndef GRADING_AUTO_EXPLAIN_H
#define GRADING_AUTO_EXPLAIN_H

/*
 * For two texts that differ: in which step, and which number, register or bit
 * of it is the first that is wrong.  One to three lines, to be freed.
 */
char *explain(const char *expected, const char *seen);

/* The number of the first line that differs, from 1. */
unsigned explain_line(const char *expected, const char *seen);

#endif
