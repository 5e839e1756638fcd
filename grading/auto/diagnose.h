/* SPDX-License-Identifier: MIT */
/*
 * Where a program or a kernel of a student's ended, or hangs: by GDB, in the
 * sandbox, with the debug symbols of just the image that ran.
 *
 * All of it is for the student to read, and nothing a verdict depends on.
 */
#ifndef GRADING_AUTO_DIAGNOSE_H
#define GRADING_AUTO_DIAGNOSE_H

#include "grading/auto/qmp.h"

/*
 * The line of a printed text that says why a kernel or a driver ended itself:
 * what follows "lab_todo: ", "panic: " or the like; to be freed, NULL: none.
 */
char *diagnose_last_words(const char *printed);

/* Run the program again, which dies of a signal or does not end, and see
 * where.  Lines "function, file:line", to be freed; "" if nobody knows. */
char *diagnose_process(const struct sandbox *sb, const char *const *argv);

/*
 * A machine that does not end, or that reset itself and is stopped: add to
 * where the state of the CPU, the functions and lines where it was seen, and
 * who called them; *exits: the last exits of its guests, decoded, to be freed.
 * kernel: the image that runs, as a path in the sandbox.
 */
void diagnose_machine(const struct sandbox *sb, const char *kernel,
	struct qmp *q, struct text *where, char **exits);

/* The function and line of one address of the kernel, added to where. */
void diagnose_place(const struct sandbox *sb, const char *kernel, uint64_t rip,
	struct text *where);

/* The addresses that a panic printed as its backtrace, as lines of the
 * source; to be freed, "" for none. */
char *diagnose_backtrace(
	const struct sandbox *sb, const char *kernel, const char *printed);

#endif
