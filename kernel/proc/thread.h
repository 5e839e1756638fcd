/* SPDX-License-Identifier: MIT */
/*
 * Threads: what the scheduler runs.  A thread has a kernel stack, and
 * belongs to a process (its user thread) or to the kernel alone (a virtual
 * CPU, a worker).
 */
#ifndef KERNEL_PROC_THREAD_H
#define KERNEL_PROC_THREAD_H

#include "kernel/lib/list.h"
#include "kernel/proc/waitq.h"

#include <stdbool.h>
#include <stdint.h>

struct proc;
struct trapframe;

#define THREAD_STACK_SIZE 16384 /* bytes; an unmapped guard page lies below */
#define THREAD_NAME_MAX	  32

enum thread_state {
	THREAD_READY,	 /* in the run queue */
	THREAD_RUNNING,	 /* on a CPU */
	THREAD_SLEEPING, /* in a wait queue */
	THREAD_DEAD	 /* off its stack soon, then freed */
};

struct thread {
	char name[THREAD_NAME_MAX];
	int tid;
	struct proc *proc; /* NULL: a kernel thread */
	void *stack;	   /* lowest usable byte of the kernel stack */
	uint8_t *fpu;	   /* FXSAVE area, 512 bytes, 16-aligned */

	/* guarded by the scheduler's lock */
	enum thread_state state;
	uint64_t rsp;	  /* where it left its stack, while it does not run */
	struct list link; /* run queue or wait queue */
	struct waitq *waiting; /* the queue it sleeps in, or NULL */
	struct list timer;     /* the list of sleepers with a deadline */
	uint64_t deadline;     /* time_now() at which it wakes */
	bool timed_out;
	bool interruptible; /* its sleep ends when it is killed */
	int cpu;	    /* where it runs or ran last */

	bool killed;	/* sleeps return -EINTR; set once, read without lock */
	uint64_t ticks; /* timer ticks that it was charged */

	/*
	 * If set, called first for each trap taken while this thread ran in
	 * ring 3; true: handled, return to the interrupted state.
	 */
	bool (*trap_hook)(struct thread *thread, struct trapframe *tf);
};

/*
 * Start a kernel thread that runs fn(arg) and ends when fn returns.  It
 * runs with interrupts on.  Returns NULL when memory is short.  The thread
 * is freed when it has ended: keep no pointer unless the ending is tied to
 * something that you wait for.
 */
struct thread *thread_create(const char *name, void (*fn)(void *), void *arg);

/* The same in two steps, so that a caller can fill in more between them. */
struct thread *thread_alloc(const char *name, void (*fn)(void *), void *arg);
void thread_start(struct thread *thread);

/*
 * Put a frame on top of a new thread's stack, where a thread that enters the
 * kernel from user mode has its own; its function can then leave with
 * trap_return().
 */
void thread_place_frame(struct thread *thread, const struct trapframe *tf);

/* Set the calling thread's FPU registers to their first state. */
void thread_reset_fpu(struct thread *thread);

/* Free a thread that never started, or that has ended; reaper only. */
void thread_free(struct thread *thread);

/* The thread that runs on this CPU; never NULL after boot. */
struct thread *thread_current(void);

/* End the calling thread. */
void thread_exit(void) __attribute__((noreturn));

/*
 * Ask a thread to end: its killed flag is set and an interruptible sleep
 * returns -EINTR.  It ends when it next looks.
 */
void thread_kill(struct thread *thread);

/* Let the others run; returns when it is this thread's turn again. */
void thread_yield(void);

#endif
