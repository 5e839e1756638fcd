/* SPDX-License-Identifier: MIT */
/*
 * Did a sandbox start?  If it did not, there is no verdict: a machine that can
 * make no namespace, mount or process just now looks like a program that ended
 * with status 1.  So the sandbox tells, on a descriptor that the program has
 * not:
 *
 *	bubblewrap	by --json-status-fd, `{ "child-pid": 5, ... }` when it
 *			made one, `{ "exit-code": 3 }` when the program ended;
 *			the second only if the program was executed
 *	container	BEFORE_EXEC when all is set up, and EXEC_FAILED behind
 *			it; the descriptor closes when the program is executed
 */
#include "grading/auto/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BEFORE_EXEC "+"
#define EXEC_FAILED "-"
#define TOLD_MAX    1024
/* of what sets the limit on processes, in bubblewrap (sandbox_processes()) */
#define NOT_EXECUTED "prlimit: failed to execute "
#define GONE_MS	     10000 /* a net */

/* Take what was told so far; nothing is waited for. */
static void
told_read(const struct sandbox_child *child, char told[TOLD_MAX])
{
	struct pollfd fd = { child->told, POLLIN, 0 };
	size_t len = 0;
	ssize_t n;

	while (len < TOLD_MAX - 1 && poll(&fd, 1, 0) > 0) {
		n = read(child->told, told + len, TOLD_MAX - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	told[len] = '\0';
}

enum sandbox_start
sandbox_began(
	const struct sandbox_child *child, const char *said, bool in_container)
{
	bool ours = !strchr(child->program, '/'); /* a program of the system */
	char told[TOLD_MAX];
	bool began, unfit;

	told_read(child, told);
	if (in_container) {
		began = strcmp(told, BEFORE_EXEC) == 0;
		unfit = strcmp(told, BEFORE_EXEC EXEC_FAILED) == 0;
	} else {
		/* the program did not run, so bubblewrap alone spoke */
		began = strstr(told, "\"exit-code\"") &&
			!(ours &&
				strncmp(said, NOT_EXECUTED,
					strlen(NOT_EXECUTED)) == 0);
		unfit = strstr(told, "\"child-pid\"") &&
			strstr(said, "bwrap: execvp ");
	}
	return began		 ? START_BEGAN
		: unfit && !ours ? START_UNFIT
				 : START_FAILED;
}

void
sandbox_fail(const struct sandbox_child *child, const char *said)
{
	size_t len = strlen(said);

	while (len > 0 && said[len - 1] == '\n')
		len--;
	while (memchr(said, '\n', len)) { /* its last line */
		size_t line = strcspn(said, "\n") + 1;

		said += line;
		len -= line;
	}
	die_no_verdict("not graded: the sandbox could not run %s: %.*s",
		child->program, len ? (int)len : 100,
		len ? said : "it was ended, and said nothing");
}

void
sandbox_exec(const char *const *argv, int told)
{
	if (write(told, BEFORE_EXEC, 1) != 1)
		_exit(126);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	if (write(told, EXEC_FAILED, 1) != 1)
		_exit(126);
	_exit(127);
}

/*
 * Bubblewrap's child is the first process of a namespace, whose end waits for
 * that of all others there.  They count as processes of their user until they
 * are gone, and the next sandbox may have no room.
 */
void
sandbox_kill(const struct sandbox_child *child)
{
	char told[TOLD_MAX], *at;
	struct pollfd fd = { -1, POLLIN, 0 };

	told_read(child, told);
	at = strstr(told, "\"child-pid\": ");
	if (at)
		fd.fd = (int)syscall(SYS_pidfd_open,
			(pid_t)strtol(strchr(at, ' '), NULL, 10), 0);
	kill(child->pid, SIGKILL);
	if (fd.fd >= 0) {
		poll(&fd, 1, GONE_MS);
		close(fd.fd);
	}
}
