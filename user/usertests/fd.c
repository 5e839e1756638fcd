/* SPDX-License-Identifier: MIT */
/* Descriptors: bad ones, too many, copies. */
#include "user/usertests/usertests.h"

static void
fd_bad_numbers(void)
{
	static const long numbers[] = { -1, -100, OPEN_MAX - 1, OPEN_MAX,
		OPEN_MAX + 1, 1000, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN,
		1l << 40 };
	static const long calls[] = { SYS_close, SYS_read, SYS_write, SYS_lseek,
		SYS_fstat, SYS_readdir, SYS_dup, SYS_dup2, SYS_ftruncate,
		SYS_ioctl };
	char buffer[256];

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		for (size_t k = 0; k < ARRAY_SIZE(numbers); k++) {
			long result = sys3(calls[i], numbers[k],
				calls[i] == SYS_dup2 ? 5 : (long)buffer, 0);

			if (result != -EBADF)
				fail("call %ld of descriptor %ld returns %ld",
					calls[i], numbers[k], result);
		}
}
USERTEST(fd_bad_numbers);

static void
fd_closed(void)
{
	int fd = open("/", O_RDONLY);
	char c;

	check(fd >= 0);
	check_is(sys1(SYS_close, fd), 0);
	check_is(sys1(SYS_close, fd), -EBADF);
	check_is(sys3(SYS_read, fd, &c, 1), -EBADF);
}
USERTEST(fd_closed);

static void
fd_wrong_mode(void)
{
	char byte = 'x';
	int fd[2];

	file_make("f", "x", 1);
	fd[0] = open("f", O_RDONLY);
	fd[1] = open("f", O_WRONLY);
	check_is(sys3(SYS_write, fd[0], &byte, 1), -EBADF);
	check_is(sys3(SYS_read, fd[1], &byte, 1), -EBADF);
	check(sys2(SYS_ftruncate, fd[0], 0) < 0);
	check_is(pipe(fd), 0);
	check_is(sys3(SYS_write, fd[0], &byte, 1), -EBADF);
	check_is(sys3(SYS_read, fd[1], &byte, 1), -EBADF);
	check_is(unlink("f"), 0);
}
USERTEST(fd_wrong_mode);

/* All descriptors in use; then one is free again, and it is that one. */
static void
fd_exhausted(void)
{
	int fd, n = 0, pair[2];

	while ((fd = (int)sys2(SYS_open, "/", O_RDONLY)) >= 0) {
		check(fd < OPEN_MAX);
		n++;
	}
	check_is(fd, -EMFILE);
	check(n > OPEN_MAX / 2);
	check_is(sys1(SYS_dup, 0), -EMFILE);
	check_is(sys1(SYS_pipe, pair), -EMFILE);
	check_is(close(OPEN_MAX - 5), 0);
	check_is(sys1(SYS_pipe, pair), -EMFILE);
	check_is(open("/", O_RDONLY), OPEN_MAX - 5);
}
USERTEST(fd_exhausted);

static void
fd_lowest_free(void)
{
	int a = dup(0), b = dup(0), c = dup(0);

	check(a >= 0 && b > a && c > b);
	check_is(close(b), 0);
	check_is(dup(0), b);
	check_is(close(a), 0);
	check_is(open("/", O_RDONLY), a);
}
USERTEST(fd_lowest_free);

static void
fd_dup2(void)
{
	char c;
	int fd;

	file_make("f", "abc", 3);
	fd = open("f", O_RDONLY);
	check(fd >= 0);
	check_is(dup2(fd, 20), 20);
	check_is(read(fd, &c, 1), 1);
	check_is(read(20, &c, 1), 1); /* they share the position */
	check_is(c, 'b');
	check_is(dup2(20, 20), 20);
	check_is(sys2(SYS_dup2, fd, OPEN_MAX), -EBADF);
	check_is(sys2(SYS_dup2, fd, -1), -EBADF);
	check_is(sys2(SYS_dup2, 21, 20), -EBADF);
	check_is(close(fd), 0);
	check_is(read(20, &c, 1), 1);
	check_is(c, 'c');
	check_is(unlink("f"), 0);
}
USERTEST(fd_dup2);

static int shared_fd;

static void
fork_reads(void)
{
	char c;

	check_is(read(shared_fd, &c, 1), 1);
	check_is(c, 'a');
	check_is(close(shared_fd), 0);
}

/* A child shares the position, but closes for itself alone. */
static void
fd_shared_by_fork(void)
{
	char c;

	file_make("f", "ab", 2);
	shared_fd = open("f", O_RDONLY);
	check_is(child_status(fork_reads), 0);
	check_is(read(shared_fd, &c, 1), 1);
	check_is(c, 'b');
	check_is(unlink("f"), 0);
}
USERTEST(fd_shared_by_fork);

static void
fd_ioctl(void)
{
	int fd[2];

	check_is(pipe(fd), 0);
	check_is(sys3(SYS_ioctl, fd[0], TTY_IS_TERMINAL, 0), -ENOTTY);
	check_is(sys3(SYS_ioctl, fd[0], TTY_SET_RAW, 1), -ENOTTY);
	check(sys3(SYS_ioctl, fd[0], 12345, 1) < 0);
	check(sys3(SYS_ioctl, fd[0], -1, -1) < 0);
}
USERTEST(fd_ioctl);
