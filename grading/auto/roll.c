/* SPDX-License-Identifier: MIT */
/* Who handed something in; contracts in roll.h. */
#include "grading/auto/roll.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TIMES	     "SUBMITTED"
#define TIMES_MAX    (16u << 20)
#define FILE_NAME    180 /* bytes, so that it can have endings */
#define DAY_SECONDS  86400
#define NAMES_LISTED 5

char *
roll_file_name(const char *who)
{
	uint64_t sum = 0xcbf29ce484222325ull;

	if (strlen(who) <= FILE_NAME)
		return format("%s", who);
	for (const char *s = who; *s; s++)
		sum = (sum ^ (unsigned char)*s) * 0x100000001b3ull;
	return format(
		"%.*s-%016llx", FILE_NAME - 17, who, (unsigned long long)sum);
}

/* Who is listed in a message: the first ones, and how many more. */
static void
list_names(const struct list *names, const char *what)
{
	fprintf(stderr, "grade: %zu %s: ", names->n, what);
	for (size_t i = 0; i < names->n && i < NAMES_LISTED; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", names->at[i]);
	fprintf(stderr, "%s\n", names->n > NAMES_LISTED ? ", ..." : "");
}

static void
roll_add(struct roll *r, const char *submissions, const char *name)
{
	struct submission *s;

	r->at = realloc(r->at, (r->n + 1) * sizeof(*r->at));
	if (!r->at)
		die("out of memory");
	s = &r->at[r->n++];
	*s = (struct submission){ .folder =
					  format("%s/%s", submissions, name) };
	s->who = text_clean(name, true);
	s->file = roll_file_name(s->who);
}

static struct submission *
roll_find(const struct roll *r, const char *who)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->at[i].who, who) == 0)
			return &r->at[i];
	return NULL;
}

/* -- When ------------------------------------------------------------------ */

/* "2026-11-02 10:30 NAME"; an empty line and a comment say nothing. */
static void
times_line(struct roll *r, const char *path, unsigned number, const char *line)
{
	struct submission *s;
	const char *name;
	int64_t when;
	char *who;

	if (!*line || *line == '#')
		return;
	name = date_parse(line, &when);
	who = text_clean(name ? name + strspn(name, " \t") : line, true);
	if (!name || name == line + strlen(line) || !*who)
		die("%s:%u: '%s': give '2026-11-02 10:30 NAME', in UTC", path,
			number, who);
	s = roll_find(r, who);
	if (!s)
		fprintf(stderr, "grade: %s:%u: no folder is called '%s'\n",
			path, number, who);
	else if (s->dated)
		die("%s:%u: a second time for '%s'", path, number, who);
	else
		*s = (struct submission){ s->folder, s->who, s->file, true,
			when };
	free(who);
}

static void
times_read(struct roll *r, const char *submissions)
{
	char *path = format("%s/%s", submissions, TIMES), *next;
	char *text = file_read(path, NULL, TIMES_MAX);
	unsigned number = 0;

	if (!text && errno != ENOENT)
		die("%s: %s", path, strerror(errno));
	for (char *line = text; line; line = next) {
		size_t len = strcspn(line, "\n");

		next = line[len] ? line + len + 1 : NULL;
		line[len] = '\0';
		if (len && line[len - 1] == '\r')
			line[len - 1] = '\0';
		times_line(r, path, ++number, line);
	}
	free(text);
	free(path);
}

unsigned
roll_days_late(const struct submission *s, const struct course *c,
	const struct lab *lab)
{
	const char *due = c->due[lab - c->lab];
	int64_t limit;

	if (!due || !s->dated || !date_parse(due, &limit) || s->when <= limit)
		return 0;
	return (unsigned)((s->when - limit + DAY_SECONDS - 1) / DAY_SECONDS);
}

void
roll_warn(const struct roll *r, const struct course *c, const struct lab *lab)
{
	struct list names = { 0 };

	for (size_t i = 0; c->due[lab - c->lab] && i < r->n; i++)
		if (!r->at[i].dated)
			list_add(&names, r->at[i].who);
	if (names.n)
		list_names(&names,
			"have no line in " TIMES " and count as in time");
	list_free(&names);
}

/* -- Who ------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct submission *)a)->who,
		((const struct submission *)b)->who);
}

void
roll_read(struct roll *r, const char *submissions)
{
	DIR *dir = opendir(submissions);
	struct list others = { 0 };
	struct dirent *entry;

	*r = (struct roll){ 0 };
	if (!dir)
		die("SUBMISSIONS=%s: %s", submissions, strerror(errno));
	while ((entry = readdir(dir))) {
		char *path = format("%s/%s", submissions, entry->d_name);
		char *who = text_clean(entry->d_name, true);
		struct stat st;

		if (entry->d_name[0] == '.' ||
			strcmp(entry->d_name, TIMES) == 0)
			;
		else if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
			roll_add(r, submissions, entry->d_name);
		else
			list_add(&others, who);
		free(who);
		free(path);
	}
	closedir(dir);
	if (others.n)
		list_names(&others,
			"in SUBMISSIONS are no folders and not graded");
	list_free(&others);
	if (!r->n)
		die("SUBMISSIONS=%s: no folders there; each submission is one",
			submissions);
	qsort(r->at, r->n, sizeof(*r->at), by_name);
	times_read(r, submissions);
}

void
roll_free(struct roll *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->at[i].folder);
		free(r->at[i].who);
		free(r->at[i].file);
	}
	free(r->at);
	*r = (struct roll){ 0 };
}
