/* SPDX-License-Identifier: MIT */
/* poll: what is ready, and how long it waits. */
#include "user/usertests/usertests.h"

#define MS 1000000ull

static void
poll_pipe(void)
{
	struct pollfd p[2];
	int fd[2];

	check_is(pipe(fd), 0);
	p[0] = (struct pollfd){ .fd = fd[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = fd[1], .events = POLLOUT };
	check_is(poll(p, 2, 0), 1);
	check_is(p[0].revents, 0);
	check_is(p[1].revents, POLLOUT);
	check_is(write(fd[1], "a", 1), 1);
	check_is(poll(p, 2, -1), 2);
	check_is(p[0].revents, POLLIN);
	check_is(close(fd[1]), 0);
	check_is(poll(p, 1, -1), 1);
	check_is(p[0].revents, POLLIN | POLLHUP);
}
USERTEST(poll_pipe);

static void
poll_bad_descriptors(void)
{
	struct pollfd p[] = {
		{ .fd = -1, .events = POLLIN },
		{ .fd = 25, .events = POLLIN },
		{ .fd = INT32_MAX, .events = POLLIN },
	};

	check_is(poll(p, 3, -1), 2);
	check_is(p[0].revents, 0);
	check_is(p[1].revents, POLLNVAL);
	check_is(p[2].revents, POLLNVAL);
}
USERTEST(poll_bad_descriptors);

static void
poll_timeout(void)
{
	struct pollfd p = { .events = POLLIN };
	uint64_t start;
	int fd[2];

	check_is(pipe(fd), 0);
	p.fd = fd[0];
	start = uptime();
	check_is(poll(&p, 1, 30 * MS), 0);
	check(uptime() - start >= 30 * MS);
	start = uptime();
	check_is(poll(NULL, 0, 10 * MS), 0);
	check(uptime() - start >= 10 * MS);
}
USERTEST(poll_timeout);

static int fds[2];

static void
write_later(void)
{
	pause_ms(20);
	check_is(write(fds[1], "a", 1), 1);
}

/* Somebody else's write wakes the one that waits. */
static void
poll_wakes(void)
{
	struct pollfd p = { .events = POLLIN };
	int pid;

	check_is(pipe(fds), 0);
	p.fd = fds[0];
	pid = child_start(write_later);
	check_is(poll(&p, 1, -1), 1);
	check_is(p.revents, POLLIN);
	check_is(child_wait(pid), 0);
}
USERTEST(poll_wakes);

static void
poll_forever(void)
{
	struct pollfd p = { .fd = fds[0], .events = POLLIN };

	poll(&p, 1, -1);
}

static void
poll_killed(void)
{
	int pid, status;

	check_is(pipe(fds), 0);
	pid = child_start(poll_forever);
	pause_ms(20);
	check_is(kill(pid, SIGTERM), 0);
	status = child_wait(pid);
	check(WIFSIGNALED(status));
	check_is(WTERMSIG(status), SIGTERM);
}
USERTEST(poll_killed);

static void
poll_too_many(void)
{
	static struct pollfd p[4096];

	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		p[i].fd = -1;
	check(sys3(SYS_poll, p, ARRAY_SIZE(p), 0) <= 0);
	check(sys3(SYS_poll, p, SIZE_MAX / sizeof(*p) + 2, 0) < 0);
}
USERTEST(poll_too_many);
