/* SPDX-License-Identifier: MIT */
/* Signals: who gets them, and who must not. */
#include "user/usertests/usertests.h"

static void
spin(void)
{
	for (;;)
		__asm__ volatile("");
}

static void
sleep_long(void)
{
	nanosleep_for(1000ull * 1000000000);
}

static void
kill_each_signal(void)
{
	static const int signals[] = { SIGINT, SIGILL, SIGTRAP, SIGBUS, SIGFPE,
		SIGKILL, SIGSEGV, SIGPIPE, SIGTERM };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		int pid = child_start(i % 2 == 0 ? spin : sleep_long);

		check_is(kill(pid, signals[i]), 0);
		check_is(child_wait(pid), W_EXITCODE(0, signals[i]));
	}
}
USERTEST(kill_each_signal);

static void
kill_bad_arguments(void)
{
	int pid = child_start(spin);

	check_is(sys2(SYS_kill, pid, -1), -EINVAL);
	check_is(sys2(SYS_kill, pid, SIG_MAX + 1), -EINVAL);
	check_is(sys2(SYS_kill, pid, INT32_MAX), -EINVAL);
	check_is(sys2(SYS_kill, pid, INT64_MAX), -EINVAL);
	check_is(sys2(SYS_kill, 999999, SIGTERM), -ESRCH);
	check_is(sys2(SYS_kill, INT32_MAX, SIGTERM), -ESRCH);
	check_is(sys2(SYS_kill, -999999, SIGTERM), -ESRCH);
	check(sys2(SYS_kill, INT32_MIN, SIGTERM) < 0);
	check(sys2(SYS_kill, INT64_MIN, SIGTERM) < 0);
	check_is(sys3(SYS_wait, pid, 0, WNOHANG), 0); /* it is still there */
	check_is(kill(pid, SIGKILL), 0);
	check_is(child_wait(pid), SIGKILL);
	check_is(sys2(SYS_kill, pid, SIGTERM), -ESRCH);
}
USERTEST(kill_bad_arguments);

/* Without process 1 there is no machine. */
static void
kill_init(void)
{
	check_is(sys2(SYS_kill, 1, SIGKILL), -EPERM);
}
USERTEST(kill_init);

static void
kill_self(void)
{
	kill(getpid(), SIGTERM);
	pause_ms(1000);
	_exit(1);
}

static void
kill_oneself(void)
{
	check_killed(kill_self, SIGTERM, "a process that kills itself");
}
USERTEST(kill_oneself);

static void
kill_zombie(void)
{
	int pid = child_start(kill_self), status;
	struct procinfo list[64];
	bool zombie = false;

	while (!zombie) {
		long n = proclist(list, 64);

		for (long i = 0; i < n; i++)
			zombie |= list[i].pid == pid && list[i].state == 'Z';
		sched_yield();
	}
	sys2(SYS_kill, pid, SIGKILL); /* too late: nothing changes */
	check_is(waitpid(pid, &status, 0), pid);
	check_is(WTERMSIG(status), SIGTERM);
}
USERTEST(kill_zombie);

/* A process group, and nobody else. */
static void
kill_group(void)
{
	int a = child_start(spin), b = child_start(sleep_long);
	int c = child_start(sleep_long);

	check_is(setpgid(a, a), 0);
	check_is(setpgid(b, a), 0);
	check_is(getpgid(a), a);
	check_is(getpgid(b), a);
	check_is(getpgid(c), getpgid(0));
	check_is(kill(-a, SIGINT), 0);
	check_is(child_wait(a), SIGINT);
	check_is(child_wait(b), SIGINT);
	check_is(waitpid(c, NULL, WNOHANG), 0);
	check_is(sys2(SYS_kill, -a, SIGINT), -ESRCH);
	check_is(kill(c, SIGKILL), 0);
	check_is(child_wait(c), SIGKILL);
}
USERTEST(kill_group);

static void
kill_setpgid_bad(void)
{
	check(sys2(SYS_setpgid, 999999, 0) < 0);
	check(sys2(SYS_setpgid, 0, -1) < 0);
	check(sys2(SYS_setpgid, 1, 0) < 0); /* not our child */
	check(sys1(SYS_getpgid, 999999) < 0);
	check_is(getpgid(getpid()), getpgid(0));
}
USERTEST(kill_setpgid_bad);

/* A parent that is killed leaves its children to process 1. */
static void
kill_parent(void)
{
	int fd[2], pid, grandchild;

	check_is(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		grandchild = child_start(sleep_long);
		write(fd[1], &grandchild, sizeof(grandchild));
		spin();
	}
	check_is(read(fd[0], &grandchild, sizeof(grandchild)),
		sizeof(grandchild));
	check_is(kill(pid, SIGKILL), 0);
	check_is(child_wait(pid), SIGKILL);
	check_is(kill(grandchild, SIGKILL), 0);
}
USERTEST(kill_parent);
