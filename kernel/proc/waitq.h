/* SPDX-License-Identifier: MIT */
/*
 * Sleeping for a condition.  The condition is guarded by a spinlock of the
 * caller's; a sleeper holds it, tests, sleeps, and tests again:
 *
 *	spin_lock(&lock);
 *	while (!condition)
 *		if ((err = waitq_sleep(&queue, &lock)))
 *			break;
 *	spin_unlock(&lock);
 *
 * and whoever makes the condition true calls waitq_wake() with the lock
 * held, so no wake-up is lost.
 */
#ifndef KERNEL_PROC_WAITQ_H
#define KERNEL_PROC_WAITQ_H

#include "kernel/cpu/spinlock.h"
#include "kernel/lib/list.h"

#include <stdint.h>

struct waitq {
	struct list threads; /* guarded by the scheduler's lock */
};

#define WAITQ_INIT(q)                                                          \
	{                                                                      \
		LIST_INIT((q).threads)                                         \
	}

#define WAITQ_FOREVER UINT64_MAX

void waitq_init(struct waitq *q);

/*
 * Release lock, sleep until woken, take lock again.  Returns 0, or -EINTR
 * when the calling thread is being killed: give up and unwind.  Wake-ups may
 * be spurious.
 */
int waitq_sleep(struct waitq *q, struct spinlock *lock);

/*
 * The same, at most until time_now() reaches deadline (nanoseconds); then
 * -ETIMEDOUT.  The resolution is a timer tick.
 */
int waitq_sleep_until(
	struct waitq *q, struct spinlock *lock, uint64_t deadline);

/* For the scheduler itself: sched_lock is held before and after. */
void waitq_sleep_locked(struct waitq *q);
void waitq_wake_locked(struct waitq *q);

/* Wake all sleepers, or the one that has slept longest. */
void waitq_wake(struct waitq *q);
void waitq_wake_one(struct waitq *q);

/*
 * A lock that may be held across a sleep; for long work such as a path walk.
 * Not for interrupt handlers.
 */
struct mutex {
	struct spinlock lock;
	struct waitq waiters;
	bool held;
};

#define MUTEX_INIT(m, name)                                                    \
	{                                                                      \
		SPINLOCK_INIT(name), WAITQ_INIT((m).waiters), false            \
	}

void mutex_init(struct mutex *m, const char *name);
void mutex_lock(struct mutex *m); /* not interruptible */
void mutex_unlock(struct mutex *m);

#endif
