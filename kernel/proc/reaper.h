/* SPDX-License-Identifier: MIT */
/*
 * The reaper: a kernel thread that frees what ended threads leave behind.  A
 * thread cannot free the stack that it stands on, and unmapping one may have
 * to wait for other CPUs.
 */
#ifndef KERNEL_PROC_REAPER_H
#define KERNEL_PROC_REAPER_H

struct thread;

/* Start the reaper; once. */
void reaper_start(void);

/* A dead thread is off its stack; sched_lock is held. */
void reaper_add(struct thread *thread);

#endif
