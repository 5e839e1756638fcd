/* SPDX-License-Identifier: MIT */
/* Many at once: nobody starves, nobody sees another one's memory. */
#include "user/usertests/usertests.h"

static void
spin(void)
{
	for (;;)
		__asm__ volatile("");
}

static uint64_t
ticks_of(int pid)
{
	static struct procinfo list[256];
	long n = proclist(list, 256);

	for (long i = 0; i < n; i++)
		if (list[i].pid == pid)
			return list[i].ticks;
	fail("process %d is not in the list", pid);
}

/* Processes that never give up the CPU all get some of it. */
static void
sched_preemption(void)
{
	int pids[4];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = child_start(spin);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		for (uint64_t first = ticks_of(pids[i]);
			ticks_of(pids[i]) < first + 3;)
			pause_ms(1);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		check_is(kill(pids[i], SIGKILL), 0);
		check_is(child_wait(pids[i]), SIGKILL);
	}
}
USERTEST(sched_preemption);

/* Who yields lets the others run; two count in turn through two pipes. */
static void
sched_ping_pong(void)
{
	int to[2], from[2], pid;
	unsigned count = 0;

	check_is(pipe(to), 0);
	check_is(pipe(from), 0);
	pid = fork();
	if (pid == 0) {
		close(to[1]);
		close(from[0]);
		while (read(to[0], &count, sizeof(count)) ==
			(long)sizeof(count)) {
			count++;
			write(from[1], &count, sizeof(count));
		}
		_exit(0);
	}
	for (unsigned i = 0; i < 500; i++) {
		count = 2 * i;
		check_is(write(to[1], &count, sizeof(count)), sizeof(count));
		check_is(read(from[0], &count, sizeof(count)), sizeof(count));
		check_is(count, 2 * i + 1);
	}
	check_is(close(to[1]), 0);
	check_is(child_wait(pid), 0);
}
USERTEST(sched_ping_pong);

/* Forks in forks, each of which has a mark in memory to keep. */
static void
fork_tree(int depth, unsigned long mark)
{
	static unsigned long marks[1024];
	int pids[2];

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		marks[i] = mark;
	for (int i = 0; i < 2 && depth > 0; i++) {
		pids[i] = fork();
		check(pids[i] >= 0);
		if (pids[i] == 0) {
			fork_tree(depth - 1, mark * 2 + (unsigned long)i);
			_exit(0);
		}
	}
	for (int i = 0; i < 2 && depth > 0; i++)
		check_is(child_wait(pids[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		check_is(marks[i], mark);
}

static void
sched_fork_tree(void)
{
	fork_tree(5, 1);
}
USERTEST(sched_fork_tree);

static void
fork_and_exec(void)
{
	static char *const argv[] = { "true", NULL };

	for (int i = 0; i < 20; i++) {
		int pid = fork();

		check(pid >= 0);
		if (pid == 0) {
			execve("/bin/true", argv, argv + 1);
			_exit(1);
		}
		check_is(child_wait(pid), 0);
	}
}

static void
sched_many_programs(void)
{
	int pids[6];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = child_start(fork_and_exec);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		check_is(child_wait(pids[i]), 0);
}
USERTEST(sched_many_programs);

static void
make_and_remove(void)
{
	char name[16], text[16], back[16];

	for (int i = 0; i < 50; i++) {
		int fd;

		snprintf(name, sizeof(name), "f%d", getpid());
		snprintf(text, sizeof(text), "%d %d", getpid(), i);
		file_make(name, text, strlen(text));
		fd = open(name, O_RDONLY);
		check_is(read(fd, back, sizeof(back)), strlen(text));
		check_is(memcmp(back, text, strlen(text)), 0);
		check_is(close(fd), 0);
		check_is(unlink(name), 0);
	}
}

static void
sched_many_files(void)
{
	int pids[6];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = child_start(make_and_remove);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		check_is(child_wait(pids[i]), 0);
}
USERTEST(sched_many_files);

static void
same_names(void)
{
	for (int i = 0; i < 60; i++) {
		int fd = open("same", O_RDWR | O_CREAT);

		if (fd >= 0) {
			write(fd, "x", 1);
			close(fd);
		}
		mkdir("dir");
		rename("same", "dir/same");
		unlink("dir/same");
		unlink("same");
		unlink("dir");
	}
}

/* All use the same names: each call may fail, nothing may break. */
static void
sched_same_names(void)
{
	int pids[6];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = child_start(same_names);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		check_is(child_wait(pids[i]), 0);
	unlink("dir/same");
	unlink("dir");
	unlink("same");
}
USERTEST(sched_same_names);

/* Killed at any moment of their lives. */
static void
sched_killed_anywhere(void)
{
	static char *const argv[] = { "sh", "-c", "true | true; true", NULL };
	uint64_t state = 7;

	for (int i = 0; i < 40; i++) {
		int pid = fork();

		check(pid >= 0);
		if (pid == 0) {
			execve("/bin/sh", argv, argv + 3);
			_exit(1);
		}
		nanosleep_for(random_next(&state) % 4000000);
		kill(pid, SIGKILL);
		child_wait(pid);
	}
}
USERTEST(sched_killed_anywhere);
