/* SPDX-License-Identifier: MIT */
/*
 * Grading a class: every folder in SUBMISSIONS is one.
 *
 * Workers are processes, one a submission, each with a user of its own in the
 * sandbox.  A worker writes OUT/results/WHO.json as a whole and ends; the run
 * puts it into the gradebook.  So whatever is killed, whenever: what is in the
 * gradebook is whole, and a new run with the same OUT does the rest.  A
 * submission that changed since, or whose checks did, is graded again; points
 * and the late policy are applied anew each time; REGRADE=1 grades all again,
 * with the recorded seed, and says what changed.
 */
#include "grading/auto/children.h"
#include "grading/auto/commands.h"
#include "grading/auto/gradebook.h"
#include "grading/auto/report.h"
#include "grading/auto/scratch.h"
#include "grading/auto/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX   64
#define JOBS_USUAL 2
#define ROOM	   (256ull << 20) /* bytes of work for a submission */
#define BAR	   40
#define DIED	   2 /* exit status of die(): the trouble is ours */
#define MINUTE_MS  60000

struct classroom {
	struct course course;
	const struct lab *lab;
	struct grading g;
	struct gradebook book;
	struct roll roll;
	const char *out;
	unsigned jobs, done, known, failed;
	uint64_t began;
	pid_t pid[JOBS_MAX]; /* of each worker; 0: idle */
	size_t at[JOBS_MAX]; /* which submission it has */
	sigset_t signals;    /* that end class_wait() */
	sigset_t before;     /* what was blocked before */
};

static char *
class_result(const struct classroom *c, size_t i)
{
	return format("%s/results/%s.json", c->out, c->roll.at[i].file);
}

/* Nobody else's result, whatever lies there. */
static json_t *
class_read(const struct classroom *c, size_t i)
{
	char *path = class_result(c, i);
	json_t *json = result_read(path);

	if (json && strcmp(result_text(json, "who"), c->roll.at[i].who) != 0) {
		json_decref(json);
		json = NULL;
	}
	free(path);
	return json;
}

static bool
class_known(const struct classroom *c, size_t i)
{
	char *digest = submission_digest(c->lab, c->roll.at[i].folder);
	json_t *json = class_read(c, i);
	bool known = json && strcmp(result_text(json, "digest"), digest) == 0 &&
		gradebook_has(&c->book, c->roll.at[i].who, digest);

	json_decref(json);
	free(digest);
	return known;
}

/* -- Progress -------------------------------------------------------------- */

/* On a terminal a bar, otherwise a line for each. */
static void
class_progress(const struct classroom *c, size_t i, const json_t *json)
{
	unsigned n = (unsigned)c->roll.n, full = BAR * c->done / n;
	unsigned fresh = c->done - c->known;
	uint64_t left =
		fresh ? (clock_ms() - c->began) * (n - c->done) / fresh : 0;

	if (!isatty(2)) {
		fprintf(stderr, "%u of %u: %s: %u of %u\n", c->done, n,
			c->roll.at[i].who, result_number(json, "points"),
			result_number(json, "max"));
		return;
	}
	fprintf(stderr, "\r[%.*s%.*s] %u of %u, %u min left \033[K%s", full,
		"########################################", BAR - full,
		"........................................", c->done, n,
		(unsigned)((left + MINUTE_MS - 1) / MINUTE_MS),
		c->done == n ? "\n" : "");
}

/* -- Workers --------------------------------------------------------------- */

/* In a worker. */
static void
class_work(struct classroom *c, size_t i, unsigned slot, pid_t run)
{
	const struct submission *s = &c->roll.at[i];
	char *path = class_result(c, i);
	char *digest = submission_digest(c->lab, s->folder);
	char *whose = format("%s: ", s->who);
	struct result r;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* no worker outlives the run */
	if (getppid() != run)
		_exit(1);
	setpgid(0, 0); /* Ctrl-C is for the run, which ends us */
	children_keep();
	die_words(whose, "; the same command goes on");
	stop_default();
	sigprocmask(SIG_SETMASK, &c->before, NULL);
	scratch_room(c->g.scratch, ROOM);
	grade(&c->g, s->folder, s->who, slot + 1, NULL, false, &r);
	/* on a full disk a build fails, and that is nobody's fault */
	scratch_room(c->g.scratch, ROOM / 4);
	result_write(result_json(&r, digest), path);
	_exit(0);
}

/* A worker ended: take over its result. */
static void
class_take(struct classroom *c, unsigned slot, int status)
{
	size_t i = c->at[slot];
	json_t *json = status == 0 ? class_read(c, i) : NULL;

	c->pid[slot] = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == DIED)
		exit(DIED); /* the worker said why */
	if (!json) {
		if (!WIFEXITED(status) || WEXITSTATUS(status) != NO_VERDICT)
			fprintf(stderr,
				"grade: %s: not graded: its grader ended with "
				"status %d; the same command goes on\n",
				c->roll.at[i].who, status);
		c->failed++;
		return;
	}
	gradebook_put(&c->book, json,
		roll_days_late(&c->roll.at[i], &c->course, c->lab));
	c->done++;
	class_progress(c, i, json);
	json_decref(json);
}

/* Wait until a worker ends, or we are asked to. */
static void
class_wait(struct classroom *c)
{
	int status, number;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) == 0) {
		number = sigwaitinfo(&c->signals, NULL);
		if (number > 0 && number != SIGCHLD)
			die("stopped by a signal (%s); %u of %zu are graded, "
			    "and the same command goes on",
				strsignal(number), c->done, c->roll.n);
	}
	for (unsigned slot = 0; slot < c->jobs; slot++)
		if (pid > 0 && c->pid[slot] == pid)
			class_take(c, slot, status);
}

static bool
class_busy(const struct classroom *c)
{
	for (unsigned slot = 0; slot < c->jobs; slot++)
		if (c->pid[slot])
			return true;
	return false;
}

static void
class_start(struct classroom *c, size_t i)
{
	pid_t run = getpid();
	unsigned slot = 0;

	while (c->pid[slot]) {
		slot = (slot + 1) % c->jobs;
		if (slot == 0)
			class_wait(c);
	}
	fflush(NULL);
	c->at[slot] = i;
	c->pid[slot] = fork();
	if (c->pid[slot] < 0)
		die("fork: %s", strerror(errno));
	if (c->pid[slot] == 0)
		class_work(c, i, slot, run);
}

static void
class_count(struct classroom *c)
{
	for (size_t i = 0; i < c->roll.n; i++)
		c->known += class_known(c, i);
	c->done = c->known;
}

static void
class_run(struct classroom *c)
{
	sigemptyset(&c->signals);
	sigaddset(&c->signals, SIGCHLD);
	sigaddset(&c->signals, SIGINT);
	sigaddset(&c->signals, SIGTERM);
	sigaddset(&c->signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &c->signals, &c->before);
	stop_check();
	c->began = clock_ms();
	for (size_t i = 0; i < c->roll.n; i++)
		if (!class_known(c, i))
			class_start(c, i);
	while (class_busy(c))
		class_wait(c);
	children_end(); /* of workers: until it is gone it may write */
}

/* -- What is written ------------------------------------------------------- */

/* All results, with points and lateness as the settings say now. */
static json_t *
class_collect(struct classroom *c)
{
	json_t *all = json_array();

	for (size_t i = 0; i < c->roll.n; i++) {
		unsigned late =
			roll_days_late(&c->roll.at[i], &c->course, c->lab);
		json_t *json = class_read(c, i);
		char *path = class_result(c, i);

		if (json && result_refresh(json, c->lab))
			result_write(json, path);
		if (json) {
			gradebook_put(&c->book, json, late);
			json_object_set_new(
				json, "days_late", json_integer(late));
			json_array_append_new(all, json);
		}
		free(path);
	}
	return all;
}

static void
class_write(struct classroom *c)
{
	char *csv = format("%s/grades.csv", c->out);
	char *html = format("%s/report.html", c->out);
	json_t *all = class_collect(c);

	gradebook_csv(&c->book, &c->roll, csv);
	report_write(&c->course, c->lab, all, html);
	gradebook_changes(&c->book);
	printf("%u graded, %u of them before; ", c->done, c->known);
	if (c->failed)
		printf("%u not graded: run it again for them; ", c->failed);
	printf("%s, %s\n", csv, html);
	json_decref(all);
	free(csv);
	free(html);
}

/* -- The command ----------------------------------------------------------- */

/* The folder of results, for this run alone. */
static void
class_open(struct classroom *c, uint64_t seed, bool regrade)
{
	char *lock = format("%s/lock", c->out);
	char *busy = format("OUT=%s: another grade-all works there", c->out);
	char *results = format("%s/results", c->out);
	char *book = format("%s/gradebook.sqlite", c->out);

	folder_make(results);
	lock_take(lock, busy);
	gradebook_open(&c->book, book, &c->course, c->lab, seed);
	if (regrade && !gradebook_regrade(&c->book))
		fprintf(stderr, "grade: going on with the last regrade\n");
	free(book);
	free(results);
	free(busy);
	free(lock);
}

int
command_class(int argc, char **argv)
{
	const char *again = getenv("REGRADE");
	struct classroom c = { .jobs = 1 };
	uint64_t seed;

	if (argc < 4 || !*argv[2] || !*argv[3])
		die("make grade-all LAB=NN SUBMISSIONS=folder OUT=folder "
		    "[JOBS=n] [SEED=number] [REGRADE=1]");
	stop_catch("; the same command goes on");
	course_read(&c.course, ".");
	c.lab = course_lab(&c.course, argv[1]);
	c.out = argv[3];
	c.jobs = JOBS_USUAL;
	if (argc > 4 && *argv[4])
		c.jobs = (unsigned)setting_number("JOBS", argv[4], 1, JOBS_MAX);
	seed = seed_of(argc > 5 ? argv[5] : "");
	roll_read(&c.roll, argv[2]);
	roll_warn(&c.roll, &c.course, c.lab);
	class_open(&c, seed, again && *again);
	class_count(&c);
	if (c.known < c.roll.n) {
		grading_prepare(
			&c.g, &c.course, c.lab, c.book.seed, NULL, false);
		c.g.steady = true;
		c.g.lanes = 1; /* workers fill the machine */
		class_run(&c);
		grading_end(&c.g);
	}
	class_write(&c);
	if (!c.failed)
		gradebook_done(&c.book);
	gradebook_close(&c.book);
	roll_free(&c.roll);
	course_free(&c.course);
	return c.failed ? DIED : 0;
}
