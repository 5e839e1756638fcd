/* SPDX-License-Identifier: MIT */
/*
 * The file names that a pattern matches.  The pattern is taken apart at its
 * slashes; each part is matched in the directories that the parts before it
 * have matched.  Names that begin with a dot match only where the pattern's
 * part does.
 */
#include "user/lib/libc.h"
#include "user/sh/glob.h"

struct walk {
	struct fields *to;
	struct arena *arena;
	char path[PATH_MAX]; /* what is matched so far */
};

static void glob_walk(struct walk *w, size_t length, const char *pattern);

/* Appends name to the path and goes on with the pattern that is left. */
static void
glob_descend(struct walk *w, size_t length, const char *name, const char *rest)
{
	size_t n = strlen(name), slashes = strspn(rest, "/");
	struct stat st;

	if (length + n + slashes + 1 > sizeof(w->path))
		return;
	memcpy(w->path + length, name, n);
	memcpy(w->path + length + n, rest, slashes);
	length += n + slashes;
	w->path[length] = 0;
	if (rest[slashes] != 0)
		glob_walk(w, length, rest + slashes);
	else if (stat(w->path, &st) == 0)
		fields_add(w->to, w->arena,
			arena_strndup(w->arena, w->path, length));
}

static void
glob_directory(
	struct walk *w, size_t length, const char *part, const char *rest)
{
	int fd = open(length == 0 ? "." : w->path, O_RDONLY | O_DIRECTORY);
	struct dirent entries[8];
	long n;

	if (fd < 0)
		return;
	while ((n = readdir(fd, entries, 8)) > 0)
		for (long i = 0; i < n; i++) {
			const char *name = entries[i].name;

			if ((name[0] == '.') == (part[0] == '.') &&
				glob_match(part, name))
				glob_descend(w, length, name, rest);
		}
	close(fd);
}

/* Matches pattern below the path, of this length and ending with a slash. */
static void
glob_walk(struct walk *w, size_t length, const char *pattern)
{
	size_t n = strcspn(pattern, "/");
	char *part = arena_strndup(w->arena, pattern, n);

	w->path[length] = 0;
	if (n > 0 && glob_is_pattern(part)) {
		glob_directory(w, length, part, pattern + n);
		return;
	}
	glob_unescape(part);
	glob_descend(w, length, part, pattern + n);
}

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Appends what matches to the list, sorted; returns how many there are. */
size_t
glob_files(const char *pattern, struct fields *to, struct arena *arena)
{
	struct walk w = { .to = to, .arena = arena };
	size_t first = to->n;

	glob_walk(&w, 0, pattern);
	if (to->n > first)
		qsort(to->v + first, to->n - first, sizeof(*to->v),
			compare_text);
	return to->n - first;
}
