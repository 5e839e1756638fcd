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
#include "grading/auto/children.h"
#include "grading/auto/sandbox.h"
#include "grading/auto/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEFORE_EXEC "+"
#define EXEC_FAILED "-"
/* of what sets the limit on processes, in bubblewrap (sandbox_processes()) */
#define NOT_EXECUTED "prlimit: failed to execute "

/* Take what was told; nothing is waited for. */
static void
told_read(struct sandbox_child *child)
{
	struct pollfd fd = { child->told, POLLIN, 0 };
	size_t len = 0;
	ssize_t n;

	while (len < SANDBOX_SAID_MAX - 1 && poll(&fd, 1, 0) > 0) {
		n = read(child->told, child->said + len,
			SANDBOX_SAID_MAX - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	child->said[len] = '\0';
}

enum sandbox_start
sandbox_began(
	const struct sandbox_child *child, const char *said, bool in_container)
{
	bool ours = !strchr(child->program, '/'); /* a program of the system */
	const char *told = child->said;
	bool began, unfit;

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
static void
end_namespace(const char *told)
{
	static const char before[] = "\"child-pid\": ";
	const char *at = strstr(told, before);

	if (at)
		children_end_one((pid_t)strtol(at + strlen(before), NULL, 10));
}

int
sandbox_reap(struct sandbox_child *child, bool kill_it)
{
	int status;

	if (kill_it) {
		kill(child->pid, SIGKILL);
		kill(-child->pid, SIGKILL); /* a child it did not tell of */
	}
	while (waitpid(child->pid, &status, 0) < 0) {
		children_or_exit();
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	}
	stop_check(); /* what a stop broke is nobody's fault */
	children_or_exit();
	told_read(child);
	end_namespace(child->said);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
