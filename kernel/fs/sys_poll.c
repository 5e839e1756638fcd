/* SPDX-License-Identifier: MIT */
/*
 * SYS_poll: wait until one of several files is ready.
 *
 * Files do not know who polls them.  Each change that could matter anywhere
 * counts poll_changes up and wakes all that poll, who then look again.  A
 * poller notes the count before it looks and sleeps only while it is the
 * same, so a change in between is never lost.
 */
#include "kernel/cpu/time.h"
#include "kernel/fs/file.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/syscall.h"

static struct spinlock poll_lock = SPINLOCK_INIT("poll");
static struct waitq poll_waiters = WAITQ_INIT(poll_waiters);
static uint64_t poll_changes; /* guarded by poll_lock */

void
poll_notify(void)
{
	spin_lock(&poll_lock);
	poll_changes++;
	waitq_wake(&poll_waiters);
	spin_unlock(&poll_lock);
}

static uint64_t
poll_get_changes(void)
{
	uint64_t changes;

	spin_lock(&poll_lock);
	changes = poll_changes;
	spin_unlock(&poll_lock);
	return changes;
}

/* Sleep until something has changed since: 0, -ETIMEDOUT or -EINTR. */
static int
poll_wait(uint64_t since, uint64_t deadline)
{
	int err = 0;

	spin_lock(&poll_lock);
	while (err == 0 && poll_changes == since)
		err = waitq_sleep_until(&poll_waiters, &poll_lock, deadline);
	spin_unlock(&poll_lock);
	return err;
}

/* Fill in what holds now; returns how many have something to say. */
static int
poll_scan(struct pollfd *fds, size_t n)
{
	int ready = 0;

	for (size_t i = 0; i < n; i++) {
		struct file *file = NULL;

		fds[i].revents = 0;
		if (fds[i].fd < 0)
			continue;
		file = fdtable_get(&proc_current()->files, (uint64_t)fds[i].fd);
		if (!file)
			fds[i].revents = POLLNVAL;
		else if (!file->vnode->ops->poll)
			fds[i].revents = fds[i].events & (POLLIN | POLLOUT);
		else
			fds[i].revents = file->vnode->ops->poll(file) &
				(fds[i].events | POLLHUP);
		if (fds[i].revents)
			ready++;
	}
	return ready;
}

static int64_t
sys_poll(const uint64_t arg[6])
{
	struct pollfd fds[OPEN_MAX];
	int64_t timeout = (int64_t)arg[2];
	uint64_t deadline = WAITQ_FOREVER, changes;
	size_t n = arg[1];
	int ready, err = 0;

	if (n > OPEN_MAX)
		return -EINVAL;
	if (copy_from_user(fds, arg[0], n * sizeof(*fds)))
		return -EFAULT;
	if (timeout >= 0)
		deadline = time_now() + (uint64_t)timeout;
	do {
		changes = poll_get_changes();
		ready = poll_scan(fds, n);
		if (ready == 0 && timeout != 0)
			err = poll_wait(changes, deadline);
	} while (ready == 0 && timeout != 0 && err == 0);
	if (err && err != -ETIMEDOUT)
		return err;
	if (copy_to_user(arg[0], fds, n * sizeof(*fds)))
		return -EFAULT;
	return ready;
}
SYSCALL(SYS_poll, sys_poll);
