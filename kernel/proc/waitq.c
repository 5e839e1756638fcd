/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and waking; contracts in waitq.h.
 *
 * No wake-up is lost: a sleeper takes sched_lock before it releases the
 * caller's lock, and a waker needs the caller's lock and then sched_lock.
 */
#include "kernel/proc/waitq.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/percpu.h"
#include "kernel/lib/printf.h"
#include "kernel/proc/sched.h"
#include "kernel/proc/thread.h"

void
waitq_init(struct waitq *q)
{
	list_init(&q->threads);
}

/* Sleep with sched_lock held; it is released. */
static void
waitq_switch(struct waitq *q, uint64_t deadline, bool interruptible)
{
	struct thread *self = thread_current();

	self->state = THREAD_SLEEPING;
	self->waiting = q;
	self->interruptible = interruptible;
	self->timed_out = false;
	self->deadline = deadline;
	list_append(&q->threads, &self->link);
	if (deadline != WAITQ_FOREVER)
		sched_add_sleeper(self);
	sched_switch_locked();
}

/*
 * Sleep in q until woken, or until the deadline (nanoseconds of time_now();
 * WAITQ_FOREVER: none).  The caller holds `lock`, which guards what it waits
 * for, and holds it again afterwards; meanwhile it is free.  No wake-up may
 * get lost in between: see the top of this file.  waitq_switch() does the
 * sleeping (interruptible).
 *
 * -EINTR: the thread is being killed, which is looked at before it sleeps,
 * under sched_lock, and after it woke; else -ETIMEDOUT if timed_out says that
 * the deadline woke it; else 0.
 */
int
waitq_sleep_until(struct waitq *q, struct spinlock *lock, uint64_t deadline)
{
	struct thread *self = thread_current();

	spin_lock(&sched_lock);
	if (self->killed) {
		spin_unlock(&sched_lock);
		return -EINTR;
	}
	spin_unlock(lock);
	waitq_switch(q, deadline, true);
	spin_lock(lock);
	if (self->killed)
		return -EINTR;
	return self->timed_out ? -ETIMEDOUT : 0;
}

int
waitq_sleep(struct waitq *q, struct spinlock *lock)
{
	return waitq_sleep_until(q, lock, WAITQ_FOREVER);
}

void
waitq_sleep_locked(struct waitq *q)
{
	waitq_switch(q, WAITQ_FOREVER, false);
	spin_lock(&sched_lock);
}

/*
 * Wake the thread that has slept longest in q: it leaves both lists, waits for
 * nothing, and is ready.  False: nobody sleeps there.  sched_lock is held.
 */
static bool
waitq_wake_first(struct waitq *q)
{
	struct list *link = list_pop(&q->threads);
	struct thread *thread;

	if (!link)
		return false;
	thread = list_entry(link, struct thread, link);
	list_remove(&thread->timer);
	thread->waiting = NULL;
	sched_ready(thread);
	return true;
}

void
waitq_wake_locked(struct waitq *q)
{
	while (waitq_wake_first(q))
		;
}

void
waitq_wake(struct waitq *q)
{
	spin_lock(&sched_lock);
	waitq_wake_locked(q);
	spin_unlock(&sched_lock);
}

void
waitq_wake_one(struct waitq *q)
{
	spin_lock(&sched_lock);
	waitq_wake_first(q);
	spin_unlock(&sched_lock);
}

void
mutex_init(struct mutex *m, const char *name)
{
	spin_init(&m->lock, name);
	waitq_init(&m->waiters);
	m->held = false;
}

void
mutex_lock(struct mutex *m)
{
	spin_lock(&m->lock);
	while (m->held) {
		spin_lock(&sched_lock);
		spin_unlock(&m->lock);
		waitq_switch(&m->waiters, WAITQ_FOREVER, false);
		spin_lock(&m->lock);
	}
	m->held = true;
	spin_unlock(&m->lock);
}

void
mutex_unlock(struct mutex *m)
{
	spin_lock(&m->lock);
	kassert(m->held);
	m->held = false;
	waitq_wake_one(&m->waiters);
	spin_unlock(&m->lock);
}
