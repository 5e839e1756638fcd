/* SPDX-License-Identifier: MIT */
/*
 * Grading a class: every folder in SUBMISSIONS is one.
 *
 * Workers are processes, one a submission, each with a user of its own in the
 * sandbox.  A worker writes OUT/results/WHO.json as a whole and ends; the run
 * puts it into the gradebook.  So whatever is killed, whenever: what is in the
 * gradebook is whole, and a new run with the same OUT does the rest.  A
 * submission that changed since is graded again; REGRADE=1 grades all again,
 * with the recorded seed, and says what changed.
 *
 * The date in a file SUBMITTED ("2026-11-02 10:30", UTC) in a folder counts
 * against the due date of labs/course.ini.
 */
#include "grading/auto/commands.h"
#include "grading/auto/gradebook.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX 64

struct classroom {
	struct course course;
	const struct lab *lab;
	struct grading g;
	const char *submissions, *out;
	struct list who;
	sqlite3 *db;
	unsigned jobs, done, known;
	pid_t pid[JOBS_MAX]; /* of each worker; 0: idle */
	size_t at[JOBS_MAX]; /* which submission it has */
};

/* The submissions, by name. */
static void
class_find(struct classroom *c)
{
	DIR *dir = opendir(c->submissions);
	struct dirent *entry;

	if (!dir)
		die("SUBMISSIONS=%s: %s", c->submissions, strerror(errno));
	while ((entry = readdir(dir))) {
		char *path = format("%s/%s", c->submissions, entry->d_name);
		struct stat st;

		if (entry->d_name[0] != '.' && lstat(path, &st) == 0 &&
			S_ISDIR(st.st_mode) && !strpbrk(entry->d_name, "\n\","))
			list_add(&c->who, entry->d_name);
		free(path);
	}
	closedir(dir);
	list_sort(&c->who);
	if (!c->who.n)
		die("SUBMISSIONS=%s: no folders there; each submission is one",
			c->submissions);
}

static char *
class_folder(const struct classroom *c, size_t i)
{
	return format("%s/%s", c->submissions, c->who.at[i]);
}

static char *
class_result(const struct classroom *c, size_t i)
{
	return format("%s/results/%s.json", c->out, c->who.at[i]);
}

static bool
parse_date(const char *text, time_t *when)
{
	struct tm tm = { 0 };

	if (!strptime(text, "%Y-%m-%d %H:%M", &tm))
		return false;
	*when = timegm(&tm);
	return true;
}

/* Days begun after the due date. */
static unsigned
days_late(const struct classroom *c, size_t i)
{
	const char *due = c->course.due[c->lab - c->course.lab], *problem;
	char *folder = class_folder(c, i);
	char *text = submission_file(folder, "SUBMITTED", &problem);
	time_t limit, when;
	unsigned days = 0;

	if (due && text && parse_date(due, &limit) && parse_date(text, &when) &&
		when > limit)
		days = (unsigned)((when - limit + 86399) / 86400);
	free(text);
	free(folder);
	return days;
}

static bool
class_known(struct classroom *c, size_t i, bool regrade)
{
	char *folder = class_folder(c, i), *path = class_result(c, i);
	char *digest = submission_digest(c->lab, folder);
	bool known = !regrade && file_exists(path) &&
		gradebook_has(c->db, c->who.at[i], digest);

	free(digest);
	free(path);
	free(folder);
	return known;
}

/* In a worker. */
static void
class_work(struct classroom *c, size_t i, unsigned slot)
{
	char *folder = class_folder(c, i), *path = class_result(c, i);
	char *digest = submission_digest(c->lab, folder);
	struct result r;
	json_t *json;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* no worker outlives the run */
	grade(&c->g, folder, c->who.at[i], slot + 1, NULL, false, &r);
	json = result_json(&r, digest);
	result_write(json, path);
	_exit(0);
}

static void
class_progress(const struct classroom *c)
{
	unsigned width = 40, full, n = (unsigned)c->who.n;

	if (!isatty(2))
		return;
	full = width * c->done / n;
	fprintf(stderr, "\r[");
	for (unsigned i = 0; i < width; i++)
		fputc(i < full ? '#' : '.', stderr);
	fprintf(stderr, "] %u of %u%s", c->done, n, c->done == n ? "\n" : "");
}

/* A worker ended: take over its result. */
static void
class_take(struct classroom *c, unsigned slot, int status)
{
	size_t i = c->at[slot];
	char *path = class_result(c, i);
	json_t *json = status == 0 ? result_read(path) : NULL;

	c->pid[slot] = 0;
	if (!json)
		die("grading %s failed (status %d); run it again to go on",
			c->who.at[i], status);
	gradebook_put(c->db, json, days_late(c, i), &c->course);
	json_decref(json);
	free(path);
	c->done++;
	class_progress(c);
}

static void
class_wait(struct classroom *c)
{
	int status;
	pid_t pid = wait(&status);

	for (unsigned slot = 0; slot < c->jobs; slot++)
		if (c->pid[slot] == pid && pid > 0)
			class_take(c, slot, status);
}

static void
class_start(struct classroom *c, size_t i)
{
	unsigned slot = 0;

	for (;;) {
		for (slot = 0; slot < c->jobs; slot++)
			if (!c->pid[slot])
				break;
		if (slot < c->jobs)
			break;
		class_wait(c);
	}
	fflush(NULL);
	c->at[slot] = i;
	c->pid[slot] = fork();
	if (c->pid[slot] < 0)
		die("fork: %s", strerror(errno));
	if (c->pid[slot] == 0)
		class_work(c, i, slot);
}

static void
class_run(struct classroom *c, bool regrade)
{
	bool busy = true;

	for (size_t i = 0; i < c->who.n; i++) {
		if (class_known(c, i, regrade)) {
			c->known++;
			c->done++;
			continue;
		}
		class_start(c, i);
	}
	while (busy) {
		busy = false;
		for (unsigned slot = 0; slot < c->jobs; slot++)
			busy |= c->pid[slot] != 0;
		if (busy)
			class_wait(c);
	}
}

/* grades.csv and report.html, from what is there now. */
static void
class_write(struct classroom *c)
{
	char *csv = format("%s/grades.csv", c->out);
	char *html = format("%s/report.html", c->out);
	json_t *all = json_array();

	for (size_t i = 0; i < c->who.n; i++) {
		char *path = class_result(c, i);

		json_array_append_new(all, result_read(path));
		free(path);
	}
	gradebook_csv(c->db, c->lab, csv);
	report_write(&c->course, c->lab, all, html);
	printf("%u graded, %u of them before; %s, %s\n", c->done, c->known, csv,
		html);
	json_decref(all);
	free(csv);
	free(html);
}

int
command_class(int argc, char **argv)
{
	const char *again = getenv("REGRADE");
	struct classroom c = { .jobs = 2 };
	uint64_t seed;
	char *book;

	if (argc < 4 || !*argv[2] || !*argv[3])
		die("make grade-all LAB=NN SUBMISSIONS=folder OUT=folder "
		    "[JOBS=n] [SEED=number] [REGRADE=1]");
	course_read(&c.course, ".");
	c.lab = course_lab(&c.course, argv[1]);
	c.submissions = argv[2];
	c.out = argv[3];
	if (argc > 4 && *argv[4])
		c.jobs = (unsigned)strtoul(argv[4], NULL, 10);
	if (c.jobs < 1 || c.jobs > JOBS_MAX)
		die("JOBS=%s: give a number, 1 to %d", argv[4], JOBS_MAX);
	class_find(&c);
	seed = argc > 5 ? strtoull(argv[5], NULL, 0) : 0;
	if (!seed)
		seed = c.course.seed ? c.course.seed : fresh_seed();
	book = format("%s/gradebook.sqlite", c.out);
	c.db = gradebook_open(book, c.lab, &seed);
	grading_prepare(&c.g, &c.course, c.lab, seed, NULL, false);
	c.g.steady = true;
	class_run(&c, again && *again);
	class_write(&c);
	gradebook_changes(c.db);
	sqlite3_close(c.db);
	grading_end(&c.g);
	list_free(&c.who);
	course_free(&c.course);
	free(book);
	return 0;
}
