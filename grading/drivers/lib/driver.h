/* SPDX-License-Identifier: MIT */
/*
 * A driver puts a student's functions to use and tells what came of it.
 *
 * It has no opinion.  The grader runs one check of it with a number that it
 * made up, and compares all that the driver says with what the reference says
 * for the same number.  So no expected value is in the process that the
 * student's code can reach, and what it would have to forge it can only get
 * by doing the work.
 *
 * What is said must follow from the contracts alone: two right solutions may
 * differ in how many exits they take, but not in what a guest sees.
 *
 *	build/drivers/NAME CHECK SEED
 */
#ifndef GRADING_DRIVERS_LIB_DRIVER_H
#define GRADING_DRIVERS_LIB_DRIVER_H

#include "grading/drivers/lib/dice.h"

/* One line of what was seen. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * For debuggers: say() calls driver_said() with each text, and that this with
 * the number of lines so far.  driver_line(0, "") is before the first.
 */
void driver_said(const char *text);
void driver_line(unsigned lines, const char *text);

struct scenario {
	const char *check; /* its name in lab.ini */
	void (*play)(struct dice *d, const void *how);
	const void *how;
};

/* Each driver has these, up to one without a name. */
extern const struct scenario scenarios[];

#endif
