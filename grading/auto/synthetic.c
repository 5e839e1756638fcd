/* SPDX-License-Identifier: MIT */
/*
 * A class that never was, to measure and test the grading of a class with:
 *
 *	OUT/submissions/s001 ...	references, starters, trees with one
 *					exercise left open, mutants, cheaters
 *	OUT/expected			a line each: who, what it is, and
 *					the checks that it must lose, in
 *					order; a dash: not foretold
 *
 * The same lab and number always make the same class.
 */
#include "grading/auto/commands.h"
#include "grading/auto/handout.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STUDENTS_MAX 10000

struct synthetic {
	struct course course;
	const struct lab *lab;
	glob_t mutants, cheaters;
	const char *out;
	struct text expected;
	unsigned holes, mutated, cheated; /* so far */
};

/* What one in ten of them is. */
static const char kinds[] = "rmhsmcrmhm";

/* The files with holes; tail: what is put behind the first. */
static void
files_put(const struct synthetic *s, const char *folder, bool starter,
	const char *tail)
{
	char *path = format("%s/%s", folder, s->lab->hole[0].path), *text, *all;

	handout_holes(&s->course, s->lab, folder, starter);
	text = file_read(path, NULL, COURSE_FILE_MAX);
	all = format("%s%s", text, tail);
	file_write(path, all, strlen(all));
	free(all);
	free(text);
	free(path);
}

/* All checks; to be freed. */
static char *
all_checks(const struct lab *lab)
{
	struct text t = { 0 };

	text_add(&t, "", 0);
	for (size_t i = 0; i < lab->n_checks; i++)
		text_addf(&t, "%s%s", i ? " " : "", lab->check[i].name);
	return t.s;
}

/* Those of the lab that the mutant's header names, in order; to be freed. */
static char *
mutant_loses(const struct lab *lab, const char *path)
{
	char *text = file_read(path, NULL, COURSE_FILE_MAX);
	char *at = text ? strstr(text, "Loses: ") : NULL, *words;
	struct list named = { 0 };
	struct text t = { 0 };

	if (!at)
		die("%s: no line 'Loses: ...'", path);
	words = format("%.*s", (int)strcspn(at, "\n"), at);
	list_split(&named, words);
	text_add(&t, "", 0);
	for (size_t i = 0; i < lab->n_checks; i++)
		if (list_has(&named, lab->check[i].name))
			text_addf(&t, "%s%s", t.len ? " " : "",
				lab->check[i].name);
	list_free(&named);
	free(words);
	free(text);
	return t.s;
}

static void
note(struct synthetic *s, const char *who, const char *kind, const char *name,
	const char *loses)
{
	text_addf(&s->expected, "%s\t%s%s%s\t%s\n", who, kind, *name ? " " : "",
		name, loses);
}

/* One exercise is left open. */
static void
hole_make(struct synthetic *s, const char *who, const char *folder)
{
	const struct hole *hole = &s->lab->hole[s->holes++ % s->lab->n_holes];

	handout_open(s->lab, hole, folder);
	note(s, who, "open", hole->function, "-");
}

static void
mutant_make(struct synthetic *s, const char *who, const char *folder)
{
	const char *path =
		s->mutants.gl_pathv[s->mutated++ % s->mutants.gl_pathc];
	const char *base = strrchr(path, '/') + 1;
	char *full = realpath(path, NULL), *loses = mutant_loses(s->lab, path);

	if (run(folder,
		    (const char *[]){ "patch", "-p1", "-s", "-f", "-i", full,
			    NULL }) != 0)
		die("%s does not apply: make it anew", path);
	note(s, who, "mutant", base, loses);
	free(loses);
	free(full);
}

static void
cheater_make(struct synthetic *s, const char *who, const char *folder)
{
	char *full, *loses = all_checks(s->lab);
	const char *path;

	do /* some are everybody's */
		path = s->cheaters
			       .gl_pathv[s->cheated++ % s->cheaters.gl_pathc];
	while (!cheater_is_of(path, s->lab));
	full = realpath(path, NULL);
	if (run(folder,
		    (const char *[]){ full, s->lab->hole[0].path,
			    s->lab->check[0].name, NULL }) != 0)
		die("%s failed", path);
	note(s, who, "cheater", strrchr(path, '/') + 1, loses);
	free(loses);
	free(full);
}

static void
student_make(struct synthetic *s, unsigned i)
{
	char kind = kinds[i % (sizeof(kinds) - 1)];
	char *who = format("s%03u", i + 1), *loses = all_checks(s->lab);
	char *folder = format("%s/submissions/%s", s->out, who);
	char *tail = format("/* %s */\n", who);

	if (kind == 'm' && !s->mutants.gl_pathc)
		kind = 'h';
	files_put(s, folder, kind == 's' || kind == 'c', tail);
	switch (kind) {
	case 'r':
		note(s, who, "reference", "", "");
		break;
	case 's':
		note(s, who, "starter", "", loses);
		break;
	case 'h':
		hole_make(s, who, folder);
		break;
	case 'm':
		mutant_make(s, who, folder);
		break;
	default:
		cheater_make(s, who, folder);
	}
	free(tail);
	free(folder);
	free(loses);
	free(who);
}

int
command_synthetic(int argc, char **argv)
{
	struct synthetic s = { .holes = 0 };
	unsigned n;
	char *pattern, *path;

	if (argc != 4)
		die("grader synthetic LAB STUDENTS OUT");
	n = (unsigned)setting_number("STUDENTS", argv[2], 1, STUDENTS_MAX);
	course_read(&s.course, ".");
	s.lab = course_lab(&s.course, argv[1]);
	s.out = argv[3];
	if (file_exists(s.out))
		die("%s: it is there already", s.out);
	pattern = format("grading/mutants/%s/*.patch", s.lab->name);
	glob(pattern, 0, NULL, &s.mutants);
	glob("grading/cheaters/*", 0, NULL, &s.cheaters);
	if (!s.cheaters.gl_pathc)
		die("grading/cheaters: it is empty");
	for (unsigned i = 0; i < n; i++)
		student_make(&s, i);
	path = format("%s/expected", s.out);
	file_write(path, s.expected.s, s.expected.len);
	text_free(&s.expected);
	globfree(&s.mutants);
	globfree(&s.cheaters);
	course_free(&s.course);
	free(path);
	free(pattern);
	return 0;
}
