/* SPDX-License-Identifier: MIT */
/*
 * Student trees.  A file that is handed out whole is copied byte for byte; in
 * one with holes, only the bodies differ.  So the starter with the bodies put
 * back is the reference, which `make test` proves (system/handout_test).
 */
#include "grading/auto/handout.h"

#include "grading/auto/cut.h"
#include "grading/auto/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STARTER	    "labs/starter/"
#define STARTER_LEN (sizeof(STARTER) - 1)

/* Cut one hole out of the text, which is freed. */
static char *
hole_cut(const struct lab *lab, const struct hole *hole, char *text)
{
	struct cut cut;
	char *body, *out;

	switch (cut_find(text, hole->function, &cut)) {
	case CUT_MISSING:
		die("%s/holes: %s has no function %s at column 0", lab->folder,
			hole->path, hole->function);
	case CUT_TWICE:
		die("%s/holes: %s defines %s twice", lab->folder, hole->path,
			hole->function);
	case CUT_UNEVEN:
		die("%s/holes: %s: the braces of %s do not pair up before "
		    "the one at column 0",
			lab->folder, hole->path, hole->function);
	case CUT_OK:
		break;
	}
	body = format(
		"\tlab_todo(\"%02u %s\");\n", lab->number, hole->function);
	out = cut_replace(text, &cut, body);
	free(body);
	free(text);
	return out;
}

char *
handout_file(const struct course *c, const struct lab *lab, const char *path,
	size_t *len)
{
	unsigned owner = course_owner(c, path);
	char *full, *text;
	bool cut = false;

	if (owner > lab->number)
		return NULL;
	full = format("%s/%s", c->root, path);
	text = file_read(full, len, COURSE_FILE_MAX);
	if (!text)
		die("%s: %s", full, strerror(errno));
	free(full);
	for (size_t l = 0; l < c->n_labs; l++) {
		const struct lab *at = &c->lab[l];

		if (at->number < lab->number)
			continue;
		for (size_t i = 0; i < at->n_holes; i++)
			if (strcmp(at->hole[i].path, path) == 0) {
				text = hole_cut(at, &at->hole[i], text);
				cut = true;
			}
	}
	if (cut)
		*len = strlen(text);
	return text;
}

/* The same rights to execute as in the reference, and no others. */
static void
copy_mode(const char *from, const char *to)
{
	struct stat st;

	if (stat(from, &st) == 0)
		chmod(to, st.st_mode & 0100 ? 0755 : 0644);
}

static void
put_file(const struct course *c, const char *path, const char *out,
	const char *as, const char *text, size_t len)
{
	char *from = format("%s/%s", c->root, path);
	char *to = format("%s/%s", out, as);

	file_write(to, text, len);
	copy_mode(from, to);
	free(from);
	free(to);
}

/* Put the file of the course's tree into the student's, if it is for them. */
static void
put_from(const struct course *c, const struct lab *lab, const struct list *tree,
	const char *path, const char *out)
{
	const char *as = path;
	char *text, *full;
	size_t len;

	if (strncmp(path, STARTER, STARTER_LEN) == 0) {
		as = path + STARTER_LEN;
		full = format("%s/%s", c->root, path);
		text = file_read(full, &len, COURSE_FILE_MAX);
		free(full);
	} else if (course_replaces(c, path)) {
		return;
	} else {
		text = handout_file(c, lab, path, &len);
	}
	if (text && document_is(as)) {
		full = document_for(c, lab, tree, as, text);
		free(text);
		text = full;
		len = strlen(text);
	}
	if (text)
		put_file(c, path, out, as, text, len);
	free(text);
}

void
handout_tree(const struct course *c, const struct lab *lab, const char *out)
{
	struct list files = { 0 };

	folder_make(out);
	course_tree(c, &files);
	for (size_t i = 0; i < files.n; i++)
		put_from(c, lab, &files, files.at[i], out);
	list_free(&files);
}

void
handout_holes(const struct course *c, const struct lab *lab, const char *folder,
	bool starter)
{
	struct list files = { 0 };

	lab_hole_files(lab, &files);
	for (size_t i = 0; i < files.n; i++) {
		char *to = format("%s/%s", folder, files.at[i]);
		char *from = format("%s/%s", c->root, files.at[i]);
		size_t len;
		char *text = starter ? handout_file(c, lab, files.at[i], &len)
				     : file_read(from, &len, COURSE_FILE_MAX);

		if (!text)
			die("%s: cannot be read", from);
		file_write(to, text, len);
		free(text);
		free(from);
		free(to);
	}
	list_free(&files);
}

void
handout_open(const struct lab *lab, const struct hole *hole, const char *folder)
{
	char *path = format("%s/%s", folder, hole->path);
	char *text = file_read(path, NULL, COURSE_FILE_MAX);

	if (!text)
		die("%s: cannot be read", path);
	text = hole_cut(lab, hole, text);
	file_write(path, text, strlen(text));
	free(text);
	free(path);
}

/* Run git, silently; the environment says who and when. */
static void
git(const char *in, const char *const *argv)
{
	if (run(in, argv) != 0)
		die("git %s failed in %s", argv[1], in);
}

void
handout_commit(const struct lab *lab, const char *out)
{
	char *message = format("Lab %02u: %s", lab->number, lab->title);

	setenv("GIT_AUTHOR_NAME", "Droste", 1);
	setenv("GIT_AUTHOR_EMAIL", "droste@localhost", 1);
	setenv("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z", 1);
	setenv("GIT_COMMITTER_NAME", "Droste", 1);
	setenv("GIT_COMMITTER_EMAIL", "droste@localhost", 1);
	setenv("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z", 1);
	git(out, (const char *[]){ "git", "init", "-q", "-b", "main", NULL });
	git(out, (const char *[]){ "git", "add", "-A", "-f", NULL });
	git(out,
		(const char *[]){ "git", "-c", "core.hooksPath=/dev/null",
			"commit", "-q", "-m", message, NULL });
	free(message);
}

bool
cheater_is_of(const char *path, const struct lab *lab)
{
	char *text = file_read(path, NULL, COURSE_FILE_MAX);
	const char *labs = text ? strstr(text, "\n# Labs: ") : NULL;
	char *number = format(" %02u", lab->number);
	char *line = labs
		? format("%.*s", (int)strcspn(labs + 1, "\n"), labs + 1)
		: NULL;
	bool is = !line || strstr(line, number);

	free(line);
	free(number);
	free(text);
	return is;
}
