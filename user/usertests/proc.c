/* SPDX-License-Identifier: MIT */
/* fork, exit and wait. */
#include "user/usertests/usertests.h"

static void
exit_300(void)
{
	_exit(300);
}

static void
proc_exit_status(void)
{
	int status = child_status(exit_300);

	check(WIFEXITED(status));
	check_is(WEXITSTATUS(status), 300 & 0xff);
}
USERTEST(proc_exit_status);

static void
do_nothing(void)
{
}

static void
proc_wait_nobody(void)
{
	int status;

	check_is(sys3(SYS_wait, -1, &status, 0), -ECHILD);
	check_is(sys3(SYS_wait, -1, &status, WNOHANG), -ECHILD);
	check_is(sys3(SYS_wait, getpid(), &status, 0), -ECHILD);
	check_is(sys3(SYS_wait, getppid(), &status, 0), -ECHILD);
	check_is(sys3(SYS_wait, 1, &status, 0), -ECHILD);
	check_is(sys3(SYS_wait, INT32_MAX, &status, 0), -ECHILD);
	check_is(child_status(do_nothing), 0);
	check_is(sys3(SYS_wait, -1, &status, 0), -ECHILD);
}
USERTEST(proc_wait_nobody);

static void
sleep_100(void)
{
	pause_ms(100);
}

static void
proc_wait_nohang(void)
{
	int pid = child_start(sleep_100), status = -1;

	check_is(sys3(SYS_wait, pid, &status, WNOHANG), 0);
	check_is(sys3(SYS_wait, -1, &status, WNOHANG), 0);
	check_is(status, -1);
	check_is(child_wait(pid), 0);
}
USERTEST(proc_wait_nohang);

/* The one waited for, though another one ends first. */
static void
proc_wait_for_one(void)
{
	int slow = child_start(sleep_100), fast = child_start(exit_300), status;

	check_is(waitpid(slow, &status, 0), slow);
	check_is(status, 0);
	check_is(wait(&status), fast);
	check_is(WEXITSTATUS(status), 300 & 0xff);
}
USERTEST(proc_wait_for_one);

static void
proc_wait_status_unwanted(void)
{
	int pid = child_start(exit_300);

	check_is(waitpid(pid, NULL, 0), pid);
}
USERTEST(proc_wait_status_unwanted);

/* Whoever loses its parent gets process 1. */
static void
proc_orphan(void)
{
	int fd[2], parent;
	long n;

	check_is(pipe(fd), 0);
	if (fork() == 0) {
		int me = getpid();

		if (fork() == 0) {
			while (getppid() == me)
				sched_yield();
			parent = getppid();
			write(fd[1], &parent, sizeof(parent));
		}
		_exit(0);
	}
	check(wait(NULL) > 0);
	check_is(close(fd[1]), 0);
	n = read(fd[0], &parent, sizeof(parent));
	check_is(n, sizeof(parent));
	check_is(parent, 1);
}
USERTEST(proc_orphan);

static void
proc_numbers(void)
{
	int me = getpid(), pid;

	check(me > 1);
	pid = fork();
	check(pid >= 0 && pid != me);
	if (pid == 0) {
		check(getpid() != me);
		check_is(getppid(), me);
		_exit(0);
	}
	check_is(child_wait(pid), 0);
}
USERTEST(proc_numbers);

static volatile int value = 1;

static void
change_value(void)
{
	check_is(value, 1);
	value = 2;
}

/* Neither side of a fork sees what the other one writes. */
static void
proc_fork_isolation(void)
{
	int pid;

	check_is(child_status(change_value), 0);
	check_is(value, 1);
	pid = child_start(sleep_100);
	value = 3;
	check_is(child_wait(pid), 0);
	pid = fork();
	if (pid == 0) {
		pause_ms(20);
		_exit(value);
	}
	value = 4;
	check_is(WEXITSTATUS(child_wait(pid)), 3);
}
USERTEST(proc_fork_isolation);

static int go[2];

static void
wait_for_go(void)
{
	char c;

	close(go[1]);
	read(go[0], &c, 1);
}

/* As many processes as there can be: then fork fails, and works again. */
static void
proc_fork_exhausted(void)
{
	int n = 0, pid, status;

	check_is(pipe(go), 0);
	for (;;) {
		pid = (int)sys0(SYS_fork);
		if (pid < 0)
			break;
		if (pid == 0) {
			wait_for_go();
			_exit(7);
		}
		n++;
	}
	check(pid == -EAGAIN || pid == -ENOMEM);
	check_is(close(go[1]), 0);
	for (int i = 0; i < n; i++) {
		check(wait(&status) > 0);
		check_is(status, W_EXITCODE(7, 0));
	}
	if (n < 20)
		fail("only %d processes fit", n);
	check_is(child_status(do_nothing), 0);
}
USERTEST(proc_fork_exhausted);

static void
proc_list(void)
{
	static struct procinfo list[256];
	long n = proclist(list, 256);
	int found = 0, first = 0;

	check(n >= 2 && n <= 256);
	for (long i = 0; i < n; i++) {
		first += list[i].pid == 1;
		if (list[i].pid != getpid())
			continue;
		found++;
		check_is(list[i].ppid, getppid());
		check_is(list[i].pgid, getpgid(0));
		check_is(list[i].state, 'R');
		check(list[i].pages > 0);
		check_is(strncmp(list[i].name, "usertests", 9), 0);
	}
	check_is(found, 1);
	check_is(first, 1);
	check_is(proclist(list, 1), 1);
	check_is(proclist(list, 0), 0);
}
USERTEST(proc_list);

static void
proc_clock(void)
{
	uint64_t start = uptime(), last = start;

	for (int i = 0; i < 1000; i++) {
		uint64_t now = uptime();

		check(now >= last);
		last = now;
	}
	check_is(nanosleep_for(20000000), 0);
	check(uptime() - start >= 20000000);
	check_is(nanosleep_for(0), 0);
}
USERTEST(proc_clock);

static void
sleep_for_ever(void)
{
	sys1(SYS_sleep, UINT64_MAX);
}

static void
proc_endless_sleep(void)
{
	int pid = child_start(sleep_for_ever), status;

	pause_ms(20);
	check_is(waitpid(pid, &status, WNOHANG), 0);
	check_is(kill(pid, SIGKILL), 0);
	check_is(child_wait(pid), SIGKILL);
}
USERTEST(proc_endless_sleep);

static void
proc_info(void)
{
	struct sysinfo info;
	struct utsname name;

	check_is(sysinfo(&info), 0);
	check(info.mem_free <= info.mem_total);
	check(info.cpus >= 1);
	check(info.procs >= 3);
	check(memchr(info.via, 0, sizeof(info.via)) != NULL);
	check_is(uname(&name), 0);
	check_is(strcmp(name.sysname, "Droste"), 0);
	check_is(strncmp(name.level, "level ", 6), 0);
}
USERTEST(proc_info);
