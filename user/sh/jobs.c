/* SPDX-License-Identifier: MIT */
/*
 * Background processes, and whom ^C ends.
 *
 * A shell that somebody types at gives every pipeline a process group of its
 * own, and tells the terminal which one is in the foreground; while none is,
 * the terminal has group 0, so that ^C ends nothing, least of all the shell.
 * There is no stopping of jobs: a signal ends a process here.
 */
#include "user/lib/libc.h"
#include "user/sh/sh.h"

/* ^C ends this group from now on; 0: none. */
void
terminal_give(const struct shell *sh, int pgid)
{
	if (sh->terminal)
		ioctl(0, TTY_SET_GROUP, (uint64_t)pgid);
}

/* Remembers a process that runs in the background. */
void
jobs_add(struct shell *sh, int pid, const char *text)
{
	struct job **link = &sh->jobs, *j = xmalloc(sizeof(*j));
	int id = 1;

	for (; *link != NULL; link = &(*link)->next)
		id = (*link)->id + 1;
	*j = (struct job){ .id = id, .pid = pid, .text = xstrdup(text) };
	*link = j;
	sh->last_background = pid;
	if (sh->terminal)
		dprintf(2, "[%d] %d\n", id, pid);
}

/* Takes *link off the list and frees it. */
static void
job_remove(struct job **link)
{
	struct job *j = *link;

	*link = j->next;
	free(j->text);
	free(j);
}

/* A subshell has no children yet, so it has no jobs. */
void
jobs_forget(struct shell *sh)
{
	while (sh->jobs != NULL)
		job_remove(&sh->jobs);
}

/* Reaps the jobs that have ended, and tells whoever types. */
void
jobs_poll(struct shell *sh)
{
	struct job **link = &sh->jobs;

	while (*link != NULL) {
		int status, pid = waitpid((*link)->pid, &status, WNOHANG);

		if (pid == 0) {
			link = &(*link)->next;
			continue;
		}
		if (sh->terminal && pid > 0)
			dprintf(2, "[%d] status %d: %s\n", (*link)->id,
				status_of(status), (*link)->text);
		job_remove(link);
	}
}

void
jobs_print(const struct shell *sh)
{
	for (const struct job *j = sh->jobs; j != NULL; j = j->next)
		printf("[%d] %d %s\n", j->id, j->pid, j->text);
}

/* Waits for *link in the foreground, so that ^C ends it; its status. */
static int
job_wait(struct shell *sh, struct job **link)
{
	int status, pid;

	terminal_give(sh, (*link)->pid);
	pid = waitpid((*link)->pid, &status, 0);
	terminal_give(sh, 0);
	job_remove(link);
	return pid < 0 ? STATUS_NOT_FOUND : status_of(status);
}

/*
 * Waits for a job, named by its pid or %id, and returns its status, 127 if
 * there is no such job.  NULL: waits for all jobs and returns 0.
 */
int
jobs_wait(struct shell *sh, const char *which)
{
	struct job **link = &sh->jobs;
	uint64_t number;

	if (which == NULL) {
		while (*link != NULL)
			job_wait(sh, link);
		return 0;
	}
	if (parse_number(which + (*which == '%'), &number) == 0)
		for (; *link != NULL; link = &(*link)->next) {
			int is = *which == '%' ? (*link)->id : (*link)->pid;

			if (number == (uint64_t)is)
				return job_wait(sh, link);
		}
	warnx("%s: no such job", which);
	return STATUS_NOT_FOUND;
}
