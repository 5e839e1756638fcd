/* SPDX-License-Identifier: MIT */
/*
 * Carrying a student's own solutions of earlier labs into the tree of a new
 * one.  The folder that they come from is a stranger's, and is read like a
 * submission; what it holds may be unfinished, wrong, or somewhere else.
 */
#ifndef GRADING_AUTO_CARRY_H
#define GRADING_AUTO_CARRY_H

#include "grading/auto/lab.h"

/*
 * Into the tree `out` of the lab, as handout_tree() made it, put what the tree
 * `onto` has of the exercises of earlier labs, file by file:
 *
 *	the whole file	if all that the course's file says outside of the
 *			exercises is in it: helper functions come along
 *	bodies alone	if it is not, or if the file holds exercises of this
 *			lab or later ones, too
 *	the reference's	for an exercise that is still lab_todo(), whose braces
 *			are not as they should be, or that is not there
 *
 * words: to this one line is added for each file that does not come over
 * whole, and for each that does not compile then; none: all is well.  The
 * number of exercises that came over.
 */
unsigned carry_over(const struct course *c, const struct lab *lab,
	const char *out, const char *onto, struct list *words);

#endif
