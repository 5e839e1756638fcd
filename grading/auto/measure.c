/* SPDX-License-Identifier: MIT */
/*
 * grader measure COMMAND...: run it, and say on standard error how much memory
 * it and all that it began took together, at the most, and for how long it ran.
 *
 * Memory is the sum of the proportional set sizes (Linux, proc(5),
 * smaps_rollup: a page that several share counts once in all), looked at ten
 * times a second.
 */
#include "grading/auto/commands.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAMPLE_MS     100
#define PROCESSES_MAX 4096
#define FILE_MAX      (1u << 20)

struct process {
	pid_t pid, parent;
	bool ours;
};

/* The file of a process; NULL: it is gone, or not to be seen. */
static char *
proc_read(pid_t pid, const char *name)
{
	char *path = format("/proc/%d/%s", (int)pid, name);
	char *text = file_read(path, NULL, FILE_MAX);

	free(path);
	return text;
}

/* KiB. */
static unsigned long
process_memory(pid_t pid)
{
	char *text = proc_read(pid, "smaps_rollup");
	char *at = text ? strstr(text, "\nPss:") : NULL;
	unsigned long kib = at ? strtoul(at + 5, NULL, 10) : 0;

	free(text);
	return kib;
}

static size_t
processes_read(struct process *p)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;

	while (dir && n < PROCESSES_MAX && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		char *text = pid > 0 ? proc_read(pid, "stat") : NULL;
		char *at = text ? strrchr(text, ')') : NULL;

		if (at && strlen(at) > 4)
			p[n++] = (struct process){ .pid = pid,
				.parent = (pid_t)strtol(at + 4, NULL, 10) };
		free(text);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* KiB of the process and of all below it. */
static unsigned long
family_memory(pid_t root)
{
	static struct process p[PROCESSES_MAX];
	size_t n = processes_read(p);
	unsigned long sum = 0;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; !p[i].ours && k < n; k++)
				if (p[i].pid == root ||
					(p[k].ours &&
						p[k].pid == p[i].parent)) {
					p[i].ours = more = true;
					sum += process_memory(p[i].pid);
				}
	}
	return sum;
}

int
command_measure(int argc, char **argv)
{
	uint64_t start = clock_ms(), took;
	unsigned long peak = 0, now;
	int status;
	pid_t pid;

	if (argc < 2)
		die("grader measure COMMAND...");
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		die("%s: %s", argv[1], strerror(errno));
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		now = family_memory(pid);
		peak = now > peak ? now : peak;
		usleep(SAMPLE_MS * 1000);
	}
	took = clock_ms() - start;
	fprintf(stderr, "measured: %lu MiB, %llu.%llu s\n", peak >> 10,
		(unsigned long long)took / 1000,
		(unsigned long long)took / 100 % 10);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
