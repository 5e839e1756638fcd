/* SPDX-License-Identifier: MIT */
/*
 * Checks side by side; contracts in lanes.h.
 *
 * Each check is run by itself, so their order is free but for one thing:
 * whether a driver on the host ever gets to its main() is found out by the
 * first of its checks, and said of the others.  So all checks of such a driver
 * are run by one lane, in order.  A lane takes the next check that is nobody's
 * yet; what is written in common is guarded by the lock.
 */
#include "grading/auto/lanes.h"

#include "grading/auto/check.h"
#include "grading/auto/scratch.h"
#include "grading/auto/stop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Beyond the users that workers of a class have. */
#define LANE_SLOT (SCRATCH_USERS - LANES_MAX)

struct lanes {
	const struct grading *g;
	const char *only;
	bool progress;
	struct result *r;
	pthread_mutex_t lock;
	bool taken[CHECKS_MAX]; /* guarded by lock, as all below */
	size_t done;
};

struct lane {
	struct lanes *all;
	struct sandbox sb;
	struct list dead; /* drivers that never get to their main() */
};

unsigned
lanes_usual(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (strcmp(sandbox_kind(), "bubblewrap") != 0 || cpus < 1)
		return 1;
	return cpus < LANES_MAX ? (unsigned)cpus : LANES_MAX;
}

static void
progress_line(const struct lanes *l, const char *what)
{
	size_t n = l->g->lab->n_checks;

	if (!l->progress || !isatty(2))
		return;
	fprintf(stderr, "\r[%zu/%zu] %-50.50s", l->done, n, what);
	fflush(stderr);
}

static void
progress_end(const struct lanes *l)
{
	if (l->progress && isatty(2))
		fprintf(stderr, "\r%60s\r", "");
}

/* Keep what the reference said, to compare with. */
static void
said_keep(const struct grading *g, const struct check *check, const char *said,
	const struct check_result *c)
{
	char *path = check_expected(g, check);

	if (!said || !*said)
		die("%s: the reference fails: %s", check->name, c->why);
	file_write(path, said, strlen(said));
	free(path);
}

static void
lane_check(struct lane *lane, size_t i)
{
	struct lanes *all = lane->all;
	const struct grading *g = all->g;
	const struct check *check = &g->lab->check[i];
	struct check_result *c = &all->r->check[i];
	char *said;

	pthread_mutex_lock(&all->lock);
	progress_line(all, check->name);
	pthread_mutex_unlock(&all->lock);
	said = check_run(g, &lane->sb, check, all->r->build, &lane->dead, c);
	if (g->keep_text)
		said_keep(g, check, said, c);
	check_judge(g, check, said, c);
	free(said);
	if (c->verdict != VERDICT_PASSED && sandbox_is_over())
		c->verdict = VERDICT_SKIPPED;
	pthread_mutex_lock(&all->lock);
	all->done++;
	if (c->verdict == VERDICT_PASSED)
		all->r->points += check->points;
	if (g->tell && !g->keep_text)
		g->tell(g->tell_arg, all->r, i);
	pthread_mutex_unlock(&all->lock);
}

static bool
same_driver(const struct check *a, const struct check *b)
{
	return a->type == CHECK_HOST && b->type == CHECK_HOST &&
		strcmp(a->driver, b->driver) == 0;
}

/* Mark the next check that is nobody's, and those that go with it, in mine;
 * false: none is left. */
static bool
lane_take(struct lanes *all, bool *mine)
{
	const struct lab *lab = all->g->lab;
	const struct check *first = NULL;

	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < lab->n_checks; i++) {
		mine[i] = !all->taken[i] &&
			(!first || same_driver(first, &lab->check[i]));
		if (!mine[i])
			continue;
		all->taken[i] = true;
		if (!first)
			first = &lab->check[i];
	}
	pthread_mutex_unlock(&all->lock);
	return first;
}

static void *
lane_run(void *arg)
{
	struct lane *lane = arg;
	bool mine[CHECKS_MAX];

	while (lane_take(lane->all, mine))
		for (size_t i = 0; i < lane->all->g->lab->n_checks; i++)
			if (mine[i] && !sandbox_is_over())
				lane_check(lane, i);
	return NULL;
}

/* Checks that are not to be run are nobody's to take. */
static void
lanes_pass_over(struct lanes *l)
{
	for (size_t i = 0; i < l->g->lab->n_checks; i++) {
		const struct check *check = &l->g->lab->check[i];

		if (!grading_wants(l->g, check, l->only)) {
			l->taken[i] = true;
		} else if (check_is_later(l->g, check)) {
			l->taken[i] = true;
			l->r->check[i].verdict = VERDICT_LATER;
		}
	}
}

/* Wait for the lanes' end, or to be asked to stop. */
static void
lanes_join(const pthread_t *thread, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct timespec until;

		do {
			stop_check();
			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_sec++;
		} while (pthread_timedjoin_np(thread[i], NULL, &until) ==
			ETIMEDOUT);
	}
}

void
lanes_run(const struct grading *g, const struct sandbox *sb, const char *only,
	bool progress, struct result *r)
{
	struct lanes all = { .g = g,
		.only = only,
		.progress = progress,
		.r = r,
		.lock = PTHREAD_MUTEX_INITIALIZER };
	struct lane lane[LANES_MAX];
	pthread_t thread[LANES_MAX];
	unsigned n = 1;

	lanes_pass_over(&all);
	for (unsigned i = 0; i < g->lanes; i++) {
		lane[i] = (struct lane){ .all = &all, .sb = *sb };
		if (i == 0)
			continue;
		lane[i].sb.slot = LANE_SLOT + i;
		lane[i].sb.out = format("%s-%u", sb->out, i);
		folder_make(lane[i].sb.out);
	}
	stop_mask(SIG_BLOCK); /* this thread is the one to be asked to stop */
	while (n < g->lanes &&
		pthread_create(&thread[n], NULL, lane_run, &lane[n]) == 0)
		n++;
	stop_mask(SIG_UNBLOCK);
	lane_run(&lane[0]);
	lanes_join(thread + 1, n - 1);
	for (unsigned i = 0; i < g->lanes; i++) {
		list_free(&lane[i].dead);
		if (i > 0)
			free(lane[i].sb.out);
	}
	progress_end(&all);
}
