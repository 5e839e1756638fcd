/* SPDX-License-Identifier: MIT */
/* The end of processes; contracts in children.h. */
#include "grading/auto/children.h"

#include "grading/auto/util.h"

#include <errno.h>
#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STAT_MAX 4096 /* bytes of /proc/PID/stat: some 350 */

static pid_t keeper; /* who called children_keep() */
static atomic_bool ending;
static pthread_t ender; /* written before ending */

/* Of a process in /proc; 0: it is gone. */
static pid_t
parent_of(const char *process)
{
	char *path = format("%s/stat", process);
	char *stat = file_read(path, NULL, STAT_MAX);
	char *behind_name = stat ? strrchr(stat, ')') : NULL;
	int parent = 0;

	if (behind_name)
		sscanf(behind_name, ") %*c %d", &parent);
	free(stat);
	free(path);
	return parent;
}

static void
kill_children(void)
{
	glob_t found;

	if (glob("/proc/[0-9]*", 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (parent_of(found.gl_pathv[i]) == getpid())
				kill((pid_t)strtol(
					     strrchr(found.gl_pathv[i], '/') +
						     1,
					     NULL, 10),
					SIGKILL);
	globfree(&found);
}

/* A child's own children become ours before it can be reaped, so after each
 * look for more, nothing is left when there are no children. */
void
children_end(void)
{
	if (getpid() != keeper)
		return;
	do
		kill_children();
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

void
children_exit(void)
{
	if (getpid() != keeper)
		return;
	ender = pthread_self();
	ending = true;
	children_end();
}

void
children_keep(void)
{
	static bool registered; /* a forked process has it, too */

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	keeper = getpid();
	if (!registered)
		atexit(children_exit);
	registered = true;
}

void
children_or_exit(void)
{
	while (ending && !pthread_equal(pthread_self(), ender))
		pause();
}

void
children_end_one(pid_t pid)
{
	siginfo_t info;

	/* the number of a child is not given to another before it is reaped */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
