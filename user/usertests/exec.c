/* SPDX-License-Identifier: MIT */
/* exec: its arguments.  What the file may be is in elf.c. */
#include "user/usertests/usertests.h"

static char *const no_strings[] = { NULL };

/* Tries exec; returns the negated error, since it must not succeed. */
static long
exec_try(const char *path, const void *argv, const void *envp)
{
	return sys3(SYS_exec, path, argv, envp);
}

static void
exec_not_a_program(void)
{
	file_make("f", "echo hello\n", 11);
	check_is(exec_try("f", no_strings, no_strings), -ENOEXEC);
	file_make("f", "", 0);
	check_is(exec_try("f", no_strings, no_strings), -ENOEXEC);
	check(exec_try(".", no_strings, no_strings) < 0);
	check(exec_try("/dev/null", no_strings, no_strings) < 0);
	check_is(unlink("f"), 0);
}
USERTEST(exec_not_a_program);

static void
exec_bad_strings(void)
{
	static const uint64_t bad[] = { 1, 0x10000, 0x0000800000000000,
		0xffffffff80000000, 0xfffffffffffffff8 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint64_t list[] = { (uint64_t) "true", bad[i], 0 };

		check_is(exec_try("/bin/true", list, no_strings), -EFAULT);
		check_is(exec_try("/bin/true", no_strings, list), -EFAULT);
		check_is(exec_try("/bin/true", (void *)bad[i], no_strings),
			-EFAULT);
		check_is(exec_try("/bin/true", no_strings, (void *)bad[i]),
			-EFAULT);
	}
}
USERTEST(exec_bad_strings);

/* Lists and strings that run into the end of a mapping. */
static void
exec_strings_across_edge(void)
{
	char *edge = edge_page() + PAGE;
	char *list[] = { "true", edge - 4, NULL };

	memcpy(edge - 4, "abcd", 4);
	check_is(exec_try("/bin/true", list, no_strings), -EFAULT);
	memcpy(edge - 8, &list[0], 8);
	check_is(exec_try("/bin/true", edge - 8, no_strings), -EFAULT);
	check_is(exec_try("/bin/true", no_strings, edge - 8), -EFAULT);
}
USERTEST(exec_strings_across_edge);

static void
exec_too_many_strings(void)
{
	static char *list[ARGC_MAX * 2 + 1];

	for (int i = 0; i < ARGC_MAX * 2; i++)
		list[i] = "x";
	check_is(exec_try("/bin/true", list, no_strings), -E2BIG);
	check_is(exec_try("/bin/true", no_strings, list), -E2BIG);
}
USERTEST(exec_too_many_strings);

static void
exec_too_long_strings(void)
{
	static char text[ARG_MAX + 1], half[ARG_MAX / 2 + 1];
	char *one[] = { text, NULL }, *two[] = { half, half, NULL };

	memset(text, 'a', ARG_MAX);
	check_is(exec_try("/bin/true", one, no_strings), -E2BIG);
	memset(half, 'a', ARG_MAX / 2);
	check_is(exec_try("/bin/true", two, no_strings), -E2BIG);
	check_is(exec_try("/bin/true", two, two), -E2BIG);
}
USERTEST(exec_too_long_strings);

/* A string that never ends: the kernel must stop by itself. */
static void
exec_endless_string(void)
{
	size_t size = (size_t)1 << 20;
	char *text = mmap(NULL, size, PROT_READ | PROT_WRITE);
	char *list[] = { text, NULL };

	check(text != MAP_FAILED);
	memset(text, 'a', size);
	check_is(exec_try("/bin/true", list, no_strings), -E2BIG);
}
USERTEST(exec_endless_string);

static char long_text[1000];

static void
exec_echo(void)
{
	static char *argv[40];

	argv[0] = "echo";
	for (int i = 1; i < 39; i++)
		argv[i] = long_text;
	execve("/bin/echo", argv, no_strings);
	_exit(1);
}

/* What arrives is what was given: 38 times 999 bytes and the blanks. */
static void
exec_passes_strings(void)
{
	int fd[2], pid;
	char c;
	long n = 0;

	memset(long_text, 'z', sizeof(long_text) - 1);
	check_is(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fd[1], 1);
		close(fd[0]);
		close(fd[1]);
		exec_echo();
	}
	check_is(close(fd[1]), 0);
	while (read(fd[0], &c, 1) == 1) {
		check_is(c, n == 37999 ? '\n' : n % 1000 == 999 ? ' ' : 'z');
		n++;
	}
	check_is(n, 38000);
	check_is(child_wait(pid), 0);
}
USERTEST(exec_passes_strings);

/* No argument at all, and none of the lists. */
static void
exec_true_without_arguments(void)
{
	execve("/bin/true", no_strings, no_strings);
	_exit(1);
}

static void
exec_without_arguments(void)
{
	check_is(child_status(exec_true_without_arguments), 0);
}
USERTEST(exec_without_arguments);

/* Descriptors and the working directory stay, memory does not. */
static void
exec_sh_writes(void)
{
	static char *const argv[] = { "sh", "-c", "echo out; pwd >&2", NULL };
	int fd = open("out", O_WRONLY | O_CREAT | O_TRUNC);

	dup2(fd, 1);
	dup2(fd, 2);
	execve("/bin/sh", argv, no_strings);
	_exit(1);
}

static void
exec_keeps_files(void)
{
	char text[64], *end;
	long n;
	int fd;

	check_is(child_status(exec_sh_writes), 0);
	fd = open("out", O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	check(n > 5);
	text[n] = 0;
	check_is(strncmp(text, "out\n/", 5), 0);
	end = strchr(text + 5, '\n');
	check(end != NULL);
	check_is(unlink("out"), 0);
}
USERTEST(exec_keeps_files);
