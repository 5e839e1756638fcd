/* SPDX-License-Identifier: MIT */
/* Pipes: their ends, big transfers, many writers. */
#include "user/usertests/usertests.h"

static int fds[2];

static void
pipe_end_of_file(void)
{
	char c;

	check_is(pipe(fds), 0);
	check_is(write(fds[1], "a", 1), 1);
	check_is(close(fds[1]), 0);
	check_is(read(fds[0], &c, 1), 1);
	check_is(c, 'a');
	check_is(read(fds[0], &c, 1), 0);
	check_is(read(fds[0], &c, 1), 0);
}
USERTEST(pipe_end_of_file);

static void
write_to_nobody(void)
{
	check_is(close(fds[0]), 0);
	write(fds[1], "a", 1);
}

static void
pipe_without_reader(void)
{
	check_is(pipe(fds), 0);
	check_is(close(fds[0]), 0);
	fds[0] = dup(0);
	check_killed(write_to_nobody, SIGPIPE, "a write that nobody reads");
}
USERTEST(pipe_without_reader);

#define TRANSFER ((size_t)1 << 20)

static void
transfer_write(void)
{
	static unsigned char block[5000];
	uint64_t state = 1;
	size_t left = TRANSFER;

	check_is(close(fds[0]), 0);
	while (left > 0) {
		size_t n = left < sizeof(block) ? left : sizeof(block);

		for (size_t i = 0; i < n; i++)
			block[i] = (unsigned char)random_next(&state);
		check_is(write_all(fds[1], block, n), 0);
		left -= n;
	}
}

/* Much more than a pipe holds, in pieces of other sizes. */
static void
pipe_big_transfer(void)
{
	static unsigned char block[3331];
	uint64_t state = 1;
	size_t total = 0;
	int pid;
	long n;

	check_is(pipe(fds), 0);
	pid = child_start(transfer_write);
	check_is(close(fds[1]), 0);
	while ((n = read(fds[0], block, sizeof(block))) > 0) {
		for (long i = 0; i < n; i++)
			check_is(block[i], (unsigned char)random_next(&state));
		total += (size_t)n;
	}
	check_is(n, 0);
	check_is(total, TRANSFER);
	check_is(child_wait(pid), 0);
}
USERTEST(pipe_big_transfer);

#define WRITERS	 8
#define MESSAGES 50

static void
messages_write(void)
{
	char message[64];

	memset(message, 'A' + getpid() % 26, sizeof(message));
	for (int i = 0; i < MESSAGES; i++)
		check_is(write(fds[1], message, sizeof(message)),
			sizeof(message));
}

/* Short writes of several processes stay in one piece each. */
static void
pipe_many_writers(void)
{
	char message[64];
	int pids[WRITERS], count = 0;

	check_is(pipe(fds), 0);
	for (int i = 0; i < WRITERS; i++)
		pids[i] = child_start(messages_write);
	check_is(close(fds[1]), 0);
	for (;;) {
		size_t used = 0;
		long n = 1;

		while (used < sizeof(message) &&
			(n = read(fds[0], message + used,
				 sizeof(message) - used)) > 0)
			used += (size_t)n;
		check(n >= 0);
		if (used == 0)
			break;
		check_is(used, sizeof(message));
		for (size_t i = 1; i < sizeof(message); i++)
			check_is(message[i], message[0]);
		count++;
	}
	check_is(count, WRITERS * MESSAGES);
	for (int i = 0; i < WRITERS; i++)
		check_is(child_wait(pids[i]), 0);
}
USERTEST(pipe_many_writers);

static void
read_forever(void)
{
	char c;

	read(fds[0], &c, 1);
}

/* Processes that sleep in a full or an empty pipe can be killed. */
static void
pipe_sleeper_killed(void)
{
	int pid, status;

	check_is(pipe(fds), 0);
	pid = child_start(read_forever);
	pause_ms(20);
	check_is(kill(pid, SIGKILL), 0);
	status = child_wait(pid);
	check(WIFSIGNALED(status));
	pid = child_start(transfer_write);
	pause_ms(20);
	check_is(kill(pid, SIGKILL), 0);
	status = child_wait(pid);
	check(WIFSIGNALED(status));
}
USERTEST(pipe_sleeper_killed);

static void
pipe_odd_calls(void)
{
	char c;

	check_is(pipe(fds), 0);
	check_is(sys3(SYS_lseek, fds[0], 0, SEEK_SET), -ESPIPE);
	check(sys2(SYS_ftruncate, fds[1], 0) < 0);
	check_is(write(fds[1], "", 0), 0);
	check_is(write(fds[1], "a", 1), 1);
	check_is(read(fds[0], &c, 0), 0);
	check_is(read(fds[0], &c, 1), 1);
}
USERTEST(pipe_odd_calls);

/* A byte goes around a ring of processes. */
static void
pipe_ring(void)
{
	int first[2], in, pids[10];
	unsigned char c = 0;

	check_is(pipe(first), 0);
	in = first[0];
	for (int i = 0; i < 10; i++) {
		check_is(pipe(fds), 0);
		pids[i] = fork();
		check(pids[i] >= 0);
		if (pids[i] == 0) {
			check_is(close(first[1]), 0);
			check_is(close(fds[0]), 0);
			while (read(in, &c, 1) == 1) {
				c++;
				check_is(write(fds[1], &c, 1), 1);
			}
			_exit(0);
		}
		close(in);
		close(fds[1]);
		in = fds[0];
	}
	for (int round = 0; round < 20; round++) {
		c = (unsigned char)round;
		check_is(write(first[1], &c, 1), 1);
		check_is(read(in, &c, 1), 1);
		check_is(c, round + 10);
	}
	close(first[1]);
	for (int i = 0; i < 10; i++)
		check_is(child_wait(pids[i]), 0);
}
USERTEST(pipe_ring);
