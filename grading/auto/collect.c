/* SPDX-License-Identifier: MIT */
/*
 * What a platform hands over, as a folder that can be graded.
 *
 * Students hand in the whole tree, a clone, the tree one folder too deep, the
 * files alone, or an archive of any of these.  So a file is looked for by its
 * path below any folder, the folder that has most of them; then by its name
 * alone; then both in an archive.  The student is told what was taken, from
 * where, and what is missing.
 *
 * An archive is a stranger's: it is listed and read by bsdtar in the sandbox,
 * to a pipe, one file that we want at a time.  Nothing is unpacked.
 */
#include "grading/auto/collect.h"

#include "grading/auto/sandbox.h"

#include <ctype.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES_MAX	20000
#define ARCHIVE_MAX	(64u << 20) /* bytes */
#define ARCHIVE_SECONDS 60

/* Where files are looked for: a folder, or an archive. */
struct source {
	const char *folder;
	struct sandbox sandbox; /* of the archive, /tree/archive */
	struct list paths;	/* that can be of use */
	struct list archives;	/* among them */
};

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

size_t
collect_ending(const char *path)
{
	static const char *const endings[] = { ".zip", ".tar", ".tgz",
		".tar.gz", ".tar.xz", ".tar.bz2", ".7z" };
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t n = strlen(endings[i]);

		if (len > n && strcasecmp(path + len - n, endings[i]) == 0)
			return n;
	}
	return 0;
}

/* -- What is there --------------------------------------------------------- */

static struct {
	struct source *source;
	const struct list *wanted;
	size_t skip, entries;
} walk;

static void
note_path(struct source *s, const struct list *wanted, const char *path)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (strcmp(base_name(path), base_name(wanted->at[i])) == 0) {
			list_add(&s->paths, path);
			return;
		}
	if (collect_ending(path))
		list_add(&s->archives, path);
}

static int
walk_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;

	(void)st;
	if (walk.entries++ > ENTRIES_MAX)
		return FTW_STOP;
	if (type == FTW_D && ftw->level &&
		(strcmp(name, ".git") == 0 || strcmp(name, "build") == 0))
		return FTW_SKIP_SUBTREE;
	if (type == FTW_F || type == FTW_SL)
		note_path(walk.source, walk.wanted, path + walk.skip);
	return FTW_CONTINUE;
}

static void
source_walk(struct source *s, const struct list *wanted)
{
	walk.source = s;
	walk.wanted = wanted;
	walk.skip = strlen(s->folder) + 1;
	walk.entries = 0;
	nftw(s->folder, walk_one, 32, FTW_PHYS | FTW_ACTIONRETVAL);
	list_sort(&s->paths);
}

/* bsdtar takes names for patterns: such as are none are safe. */
static bool
is_plain(const char *path)
{
	for (; *path; path++)
		if (!isalnum((unsigned char)*path) && !strchr("/._-+ ", *path))
			return false;
	return true;
}

/* False: it cannot be read. */
static bool
source_list(struct source *s, const struct list *wanted)
{
	const char *argv[] = { "bsdtar", "-tf", "/tree/archive", NULL };
	char *inside = format("%s/archive", s->sandbox.tree);
	struct sandbox_result r;
	char *line, *rest;
	bool good;

	if (strcmp(sandbox_kind(), "bubblewrap") != 0)
		argv[2] = inside;
	sandbox_run(&s->sandbox, argv, ARCHIVE_SECONDS, &r);
	good = r.status == 0 && !r.flooded && !r.timed_out;
	for (line = strtok_r(r.out.s, "\n", &rest); good && line;
		line = strtok_r(NULL, "\n", &rest))
		if (is_plain(line) && *line != '-')
			note_path(s, wanted, line);
	list_sort(&s->paths);
	sandbox_result_free(&r);
	free(inside);
	return good;
}

/* The file's text, to be freed; NULL, and why. */
static char *
source_read(const struct source *s, const char *path, const char **problem)
{
	const char *argv[] = { "bsdtar", "-xOf", "/tree/archive", path, NULL };
	struct sandbox_result r;
	char *inside, *text;

	if (s->folder)
		return submission_file(s->folder, path, problem);
	inside = format("%s/archive", s->sandbox.tree);
	if (strcmp(sandbox_kind(), "bubblewrap") != 0)
		argv[2] = inside;
	sandbox_run(&s->sandbox, argv, ARCHIVE_SECONDS, &r);
	*problem = r.status != 0 || r.flooded || r.timed_out ? "cannot be read"
							     : NULL;
	text = *problem ? NULL : format("%s", r.out.s);
	sandbox_result_free(&r);
	free(inside);
	return text;
}

/* -- Which of it is meant -------------------------------------------------- */

/* The length of the folder before the file in path; -1: it is another file. */
static int
prefix_of(const char *path, const char *file)
{
	size_t len = strlen(path), n = strlen(file);

	if (len < n || strcmp(path + len - n, file) != 0 ||
		(len > n && path[len - n - 1] != '/'))
		return -1;
	return (int)(len - n);
}

/* The folder that has most of the files, "" or with a slash at its end, to be
 * freed; NULL: none has any. */
static char *
best_prefix(const struct source *s, const struct list *wanted)
{
	char *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < s->paths.n; i++)
		for (size_t f = 0; f < wanted->n; f++) {
			int len = prefix_of(s->paths.at[i], wanted->at[f]);
			char *prefix;
			size_t n = 0;

			if (len < 0)
				continue;
			prefix = format("%.*s", len, s->paths.at[i]);
			for (size_t k = 0; k < wanted->n; k++) {
				char *path =
					format("%s%s", prefix, wanted->at[k]);

				n += list_has(&s->paths, path);
				free(path);
			}
			if (n > most ||
				(n == most && best &&
					strlen(prefix) < strlen(best))) {
				free(best);
				best = prefix;
				most = n;
			} else {
				free(prefix);
			}
		}
	return best;
}

/* The one file of that name; NULL: none, or *several. */
static const char *
named(const struct source *s, const struct list *wanted, const char *file,
	bool *several)
{
	const char *found = NULL;

	*several = false;
	for (size_t i = 0; i < wanted->n; i++)
		*several |= strcmp(wanted->at[i], file) != 0 &&
			strcmp(base_name(wanted->at[i]), base_name(file)) == 0;
	for (size_t i = 0; i < s->paths.n; i++)
		if (strcmp(base_name(s->paths.at[i]), base_name(file)) == 0) {
			*several |= found != NULL;
			found = s->paths.at[i];
		}
	*several &= found != NULL;
	return *several ? NULL : found;
}

static void
note(struct collected *c, char *text)
{
	list_add(&c->notes, text);
	free(text);
}

/* Copy one wanted file to the stage. */
static void
take_file(const struct source *s, const struct list *wanted, const char *file,
	const char *prefix, struct collected *c)
{
	char *path = prefix ? format("%s%s", prefix, file) : NULL;
	const char *problem = NULL, *from = path;
	bool several = false;
	char *to, *text;

	if (!prefix)
		from = named(s, wanted, file, &several);
	else if (!list_has(&s->paths, path))
		from = NULL;
	text = from ? source_read(s, from, &problem) : NULL;
	c->found += text != NULL;
	if (text && !c->in_place) {
		to = format("%s/%s", c->folder, file);
		file_write(to, text, strlen(text));
		free(to);
	} else if (text) {
		/* it is there */
	} else if (several) {
		note(c,
			format("%s: several files have this name; hand them in "
			       "in their folders",
				file));
	} else {
		note(c,
			format("%s %s: it counts as not written", file,
				problem ? problem : "is missing"));
	}
	free(text);
	free(path);
}

static void
take(const struct source *s, const struct list *wanted, struct collected *c)
{
	char *prefix = best_prefix(s, wanted);

	if (prefix && *prefix)
		note(c, format("taken from the folder %s", prefix));
	c->in_place = prefix && s->folder;
	if (c->in_place) {
		free(c->folder);
		c->folder = format("%s/%s", s->folder, prefix);
	}
	for (size_t i = 0; i < wanted->n; i++)
		take_file(s, wanted, wanted->at[i], prefix, c);
	free(prefix);
}

/* Copy the archive to where the sandbox can read it; false: no archive. */
static bool
archive_copy(struct source *s, const char *from, const char *stage)
{
	char *to;
	struct stat st;
	bool good;

	s->folder = NULL;
	s->sandbox = (struct sandbox){ .tree = format("%s/archived", stage),
		.slot = 1 };
	folder_make(s->sandbox.tree);
	to = format("%s/archive", s->sandbox.tree);
	good = lstat(from, &st) == 0 && S_ISREG(st.st_mode) &&
		st.st_size <= ARCHIVE_MAX &&
		run(NULL,
			(const char *[]){ "cp", "-P", "--", from, to, NULL }) ==
			0;
	if (good)
		sandbox_give(&s->sandbox, s->sandbox.tree);
	free(to);
	return good;
}

static void
take_archive(const char *from, const char *stage, const struct list *wanted,
	struct collected *c)
{
	struct source s = { 0 };

	if (archive_copy(&s, from, stage) && source_list(&s, wanted))
		take(&s, wanted, c);
	else
		note(c,
			format("%s cannot be read as an archive: hand in a zip "
			       "or tar file, or the files",
				base_name(from)));
	free(s.sandbox.tree);
	list_free(&s.paths);
	list_free(&s.archives);
}

void
collect(const struct lab *lab, const char *from, const char *stage,
	struct collected *c)
{
	struct source s = { .folder = from };
	struct list wanted = { 0 };
	struct stat st;
	char *path;

	*c = (struct collected){ .folder = format("%s/handed-in", stage) };
	folder_make(c->folder);
	lab_hole_files(lab, &wanted);
	if (stat(from, &st) == 0 && !S_ISDIR(st.st_mode)) {
		take_archive(from, stage, &wanted, c);
	} else {
		source_walk(&s, &wanted);
		if (s.paths.n || s.archives.n != 1) {
			take(&s, &wanted, c);
		} else {
			path = format("%s/%s", from, s.archives.at[0]);
			take_archive(path, stage, &wanted, c);
			free(path);
		}
	}
	if (!c->found) {
		struct text t = { 0 };

		list_free(&c->notes);
		c->notes = (struct list){ 0 };
		for (size_t i = 0; i < wanted.n; i++)
			text_addf(&t, " %s", wanted.at[i]);
		note(c,
			format("nothing of lab %02u is in it; hand in the "
			       "tree, "
			       "a zip or tar file of it, or these files:%s",
				lab->number, t.s));
		text_free(&t);
	}
	list_free(&s.paths);
	list_free(&s.archives);
	list_free(&wanted);
}

void
collected_free(struct collected *c)
{
	free(c->folder);
	list_free(&c->notes);
}
