/* SPDX-License-Identifier: MIT */
/* QEMU's machine protocol (QMP) over the standard input and output of a QEMU
 * in a sandbox. */
#ifndef GRADING_AUTO_QMP_H
#define GRADING_AUTO_QMP_H

#include "grading/auto/sandbox.h"

#include <jansson.h>

struct qmp {
	struct sandbox_child child;
	struct text line; /* read so far */
	bool closed;	  /* QEMU is gone, or */
	bool broken;	  /* what it says is no QMP, whether it runs or not */
	bool shutdown;	  /* the guest is over, and */
	bool reset;	  /* it was by a reset */
};

/* The next answer within ms, events noted on the way; NULL: none. */
json_t *qmp_answer(struct qmp *q, int ms);

/* A command, whose arguments are JSON or NULL; its answer, json_null() for an
 * error; NULL: QEMU is gone. */
json_t *qmp_command(struct qmp *q, const char *name, const char *arguments);

/* A command without arguments, whose answer is of no interest. */
void qmp_do(struct qmp *q, const char *name);

/* End QEMU, and wait for it: closed, or it does not obey. */
void qmp_quit(struct qmp *q);

/* A command of the monitor; its text, to be freed; NULL: QEMU is gone. */
char *qmp_monitor(struct qmp *q, const char *command);

/* Virtual milliseconds since the start; 0: QEMU is gone. */
uint64_t qmp_time(struct qmp *q);

/* Instructions executed since the start; 0: QEMU is gone. */
uint64_t qmp_instructions(struct qmp *q);

/*
 * Has the machine used up its budget, now being qmp_time()?  Instructions
 * count: while a busy host lets QEMU's CPU wait, `sleep=off` moves virtual time
 * on without any.  A machine that only waits gets more time, but ends, too.
 */
bool qmp_is_over(struct qmp *q, uint64_t now, unsigned budget_ms);

/* A register of what `info registers` printed, such as "RIP=". */
uint64_t qmp_register(const char *text, const char *name);

#endif
