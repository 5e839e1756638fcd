/* SPDX-License-Identifier: MIT */
/*
 * SIGINT, SIGTERM and SIGHUP ask for an end: who waits for something asks
 * stop_check(), which ends the program by die() and so in good order.
 */
#ifndef GRADING_AUTO_STOP_H
#define GRADING_AUTO_STOP_H

/* From now on signals ask for an end.  advice: what is printed then. */
void stop_catch(const char *advice);
/* Die if an end was asked for. */
void stop_check(void);
/* A worker is ended by signals as usual. */
void stop_default(void);
/* SIG_BLOCK, SIG_UNBLOCK: these signals in this thread. */
void stop_mask(int how);

#endif
