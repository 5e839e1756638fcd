/* SPDX-License-Identifier: MIT */
/*
 * A class's exercise files as plagiarism checkers want them, and what all had
 * to begin with, so that it does not count:
 *
 *	submissions/NAME/a_b.c	JPlag, MOSS: a folder each, the files flat
 *	template/a_b.c		their base code: the same files as handed out
 *	dolos/NAME.c		Dolos: one file each, all files in a row
 *	dolos/template.c	what it is to ignore
 *	dolos/info.csv		and who each is
 *
 * Each folder or archive of the class is a submission, in any shape that the
 * grader takes (collect.c).
 */
#include "grading/auto/collect.h"
#include "grading/auto/commands.h"
#include "grading/auto/handout.h"
#include "grading/auto/roll.h"
#include "grading/auto/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEMPLATE "template"

struct flat {
	const struct lab *lab;
	const char *submissions, *out;
	struct list files;
	struct text info; /* info.csv */
};

/* kernel/mem/pmm.c as kernel_mem_pmm.c; to be freed. */
static char *
flat_name(const char *path)
{
	char *name = format("%s", path);

	for (char *c = name; *c; c++)
		if (*c == '/')
			*c = '_';
	return name;
}

/* Write a tree's files into a folder, and all of them into one file. */
static void
flat_write(const struct flat *f, const char *tree, const char *folder,
	const char *one)
{
	struct text all = { 0 };
	const char *problem;

	text_add(&all, "", 0);
	for (size_t i = 0; i < f->files.n; i++) {
		char *name = flat_name(f->files.at[i]);
		char *to = format("%s/%s", folder, name);
		char *text = submission_file(tree, f->files.at[i], &problem);

		if (text) {
			file_write(to, text, strlen(text));
			text_addf(&all, "%s\n", text);
		}
		free(text);
		free(to);
		free(name);
	}
	file_write(one, all.s, all.len);
	text_free(&all);
}

/* A field of CSV. */
static void
csv_add(struct text *t, const char *s)
{
	text_add(t, "\"", 1);
	for (; *s; s++) {
		if (*s == '"')
			text_add(t, "\"", 1);
		text_add(t, s, 1);
	}
	text_add(t, "\"", 1);
}

/* One line of info.csv; the time is what SUBMITTED says, in UTC. */
static void
flat_info(struct flat *f, const char *name, const char *from)
{
	const char *problem;
	char *when = submission_file(from, "SUBMITTED", &problem);
	char *file = format("%s.c", name);

	csv_add(&f->info, file);
	text_add(&f->info, ",", 1);
	csv_add(&f->info, name);
	if (when)
		text_addf(&f->info, ",%.*s:00 +0000\n",
			(int)strcspn(when, "\n,\""), when);
	else
		text_addf(&f->info, ",\n");
	free(when);
	free(file);
}

/* Whose it is: its name without what makes it an archive's. */
static char *
flat_who(const char *entry)
{
	char *bare = format(
		"%.*s", (int)(strlen(entry) - collect_ending(entry)), entry);
	char *clean = text_clean(bare, true), *name = roll_file_name(clean);

	free(clean);
	free(bare);
	return name;
}

/* No submission is to be written over another one, or over the template. */
static void
flat_require_names(const struct flat *f, const struct list *entries)
{
	struct list names = { 0 };
	char *name;

	for (size_t i = 0; i < entries->n; i++) {
		name = flat_who(entries->at[i]);
		if (strcmp(name, TEMPLATE) == 0)
			die("SUBMISSIONS=%s: '%s' has the name of what was "
			    "handed out: rename it",
				f->submissions, name);
		for (size_t k = 0; k < names.n; k++)
			if (strcmp(names.at[k], name) == 0)
				die("SUBMISSIONS=%s: '%s' and '%s' are both "
				    "of '%s': rename or delete one",
					f->submissions, entries->at[k],
					entries->at[i], name);
		list_add(&names, name);
		free(name);
	}
	list_free(&names);
}

static bool
flat_one(struct flat *f, const char *entry)
{
	char *from = format("%s/%s", f->submissions, entry);
	char *name = flat_who(entry);
	char *folder = format("%s/submissions/%s", f->out, name);
	char *one = format("%s/dolos/%s.c", f->out, name);
	char *stage;
	struct collected c;
	bool found;

	stage = scratch_make();
	collect(f->lab, from, stage, &c);
	found = c.found != 0;
	if (found) {
		flat_write(f, c.folder, folder, one);
		flat_info(f, name, from);
	}
	for (size_t i = 0; i < c.notes.n; i++)
		fprintf(stderr, "%s: %s\n", entry, c.notes.at[i]);
	collected_free(&c);
	scratch_remove(stage);
	free(stage);
	free(one);
	free(folder);
	free(name);
	free(from);
	return found;
}

static void
flat_template(const struct course *c, const struct flat *f)
{
	char *tree = format("%s/tree", f->out);
	char *folder = format("%s/" TEMPLATE, f->out);
	char *one = format("%s/dolos/" TEMPLATE ".c", f->out);

	handout_tree(c, f->lab, tree);
	flat_write(f, tree, folder, one);
	tree_remove(tree);
	free(one);
	free(folder);
	free(tree);
}

int
command_flat(int argc, char **argv)
{
	struct flat f = { 0 };
	struct course c;
	struct dirent *entry;
	struct list entries = { 0 };
	unsigned n = 0;
	char *path;
	DIR *dir;

	if (argc != 4 || !*argv[2])
		die("make export TARGET=flat LAB=NN SUBMISSIONS=folder "
		    "OUT=folder");
	course_read(&c, ".");
	f.lab = course_lab(&c, argv[1]);
	f.submissions = argv[2];
	f.out = argv[3];
	lab_hole_files(f.lab, &f.files);
	dir = opendir(f.submissions);
	if (!dir)
		die("SUBMISSIONS=%s: %s", f.submissions, strerror(errno));
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			list_add(&entries, entry->d_name);
	closedir(dir);
	list_sort(&entries);
	flat_require_names(&f, &entries);
	sandbox_require();
	text_addf(&f.info, "filename,full_name,created_at\n");
	for (size_t i = 0; i < entries.n; i++)
		n += flat_one(&f, entries.at[i]);
	flat_template(&c, &f);
	path = format("%s/dolos/info.csv", f.out);
	file_write(path, f.info.s, f.info.len);
	printf("%u submissions of %zu\n", n, entries.n);
	free(path);
	text_free(&f.info);
	list_free(&entries);
	list_free(&f.files);
	course_free(&c);
	return n == 0;
}
