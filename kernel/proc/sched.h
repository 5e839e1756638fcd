/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: one run queue for all CPUs, first come first served, and a
 * thread that has run for a tick goes to its end.  One queue makes it
 * work-conserving without further thought: no CPU idles while a thread is
 * ready.
 */
#ifndef KERNEL_PROC_SCHED_H
#define KERNEL_PROC_SCHED_H

#include "kernel/cpu/spinlock.h"

#include <stdint.h>

struct thread;
struct waitq;

/* Guards thread states, the run queue, wait queues and sleepers. */
extern struct spinlock sched_lock;

/* Make the boot code of CPU 0 its idle thread; once. */
void sched_init(void);

/*
 * Make the idle thread for another CPU.  Returns the lowest byte of its
 * stack, or NULL when memory is short.
 */
void *sched_prepare_cpu(unsigned id);

/* Turn the calling boot code into this CPU's idle loop. */
void sched_enter(void) __attribute__((noreturn));

/* Put a thread that is not queued into the run queue; sched_lock is held. */
void sched_ready(struct thread *thread);

/*
 * Give up the CPU: another thread runs, and later this one goes on.  A
 * running thread goes to the end of the queue.  Interrupts must be off, and
 * no lock may be held.
 */
void sched_switch(void);

/* The same with sched_lock held; it is released and not taken again. */
void sched_switch_locked(void);

/* The first steps of a new thread: release what the switch holds. */
void sched_thread_started(void);

/* A timer tick: charge the running thread, wake sleepers. */
void sched_tick(void);

/* Add a sleeping thread to those that wake at thread->deadline; locked. */
void sched_add_sleeper(struct thread *thread);

/* Context switches of all CPUs since boot. */
uint64_t sched_switches(void);

#endif
