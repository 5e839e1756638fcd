/* SPDX-License-Identifier: MIT */
/* Programs of /bin: what they make of their arguments. */
#include "user/usertests/usertests.h"

static char *const no_strings[] = { NULL };

/* The program, whose standard error goes to its output too, prints that. */
static void
check_prints(const char *path, char *const argv[], const char *want, int status)
{
	char said[256];
	size_t n = 0;
	int fd[2], pid;
	long got;

	check_is(pipe(fd), 0);
	pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		dup2(fd[1], 1);
		dup2(fd[1], 2);
		close(fd[0]);
		close(fd[1]);
		execve(path, argv, no_strings);
		_exit(127);
	}
	check_is(close(fd[1]), 0);
	while (n + 1 < sizeof(said) &&
		(got = read(fd[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	check_is(close(fd[0]), 0);
	check_is(WEXITSTATUS(child_wait(pid)), status);
	if (strcmp(said, want) != 0)
		fail("%s printed '%s', not '%s'", path, said, want);
}

static void
program_head_counts(void)
{
	char *const old[] = { "head", "-2", "f", NULL };
	char *const new[] = { "head", "-n", "2", "f", NULL };
	char *const both[] = { "head", "-2", "-n", "1", "f", NULL };
	char *const none[] = { "head", "-0", "f", NULL };
	char *const bad[] = { "head", "-2x", "f", NULL };

	file_make("f", "a\nb\nc\n", 6);
	check_prints("/bin/head", new, "a\nb\n", 0);
	check_prints("/bin/head", old, "a\nb\n", 0);
	check_prints("/bin/head", both, "a\n", 0);
	check_prints("/bin/head", none, "", 0);
	check_prints("/bin/head", bad,
		"head: no option -2\n"
		"head: usage: head [-n lines | -lines] [file...]\n",
		2);
	check_is(unlink("f"), 0);
}
USERTEST(program_head_counts);
