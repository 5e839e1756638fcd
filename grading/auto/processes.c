/* SPDX-License-Identifier: MIT */
/* How many processes there may be; contracts in sandbox.h. */
#include "grading/auto/sandbox.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Threads count as processes do. */
static unsigned
threads_of(const char *process)
{
	char *path = format("%s/task", process);
	struct stat st;
	unsigned n = 0;

	if (stat(path, &st) == 0 && st.st_uid == getuid())
		n = (unsigned)st.st_nlink - 2;
	free(path);
	return n;
}

static unsigned
threads_of_user(void)
{
	unsigned n = 0;
	glob_t found;

	if (glob("/proc/[0-9]*", 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			n += threads_of(found.gl_pathv[i]);
	globfree(&found);
	return n;
}

unsigned
sandbox_processes(void)
{
	unsigned major = 0, minor = 0;
	struct utsname system;

	if (uname(&system) == 0)
		sscanf(system.release, "%u.%u", &major, &minor);
	if (major > 5 || (major == 5 && minor >= 14))
		return SANDBOX_PROCESSES_MAX;
	return SANDBOX_PROCESSES_MAX + threads_of_user();
}
