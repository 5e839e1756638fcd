/* SPDX-License-Identifier: MIT */
/* What a word can become: names of files, builtins and programs. */
#include "user/sh/complete.h"
#include "user/lib/libc.h"

/* Appends the files that begin with the word; directories get a slash. */
static void
complete_file(const char *word, struct fields *to, struct arena *arena)
{
	size_t n = strlen(word), first = to->n;
	char *pattern = arena_alloc(arena, 2 * n + 2), *p = pattern;

	for (; *word != 0; word++) {
		if (*word != '/')
			*p++ = '\\';
		*p++ = *word;
	}
	*p = '*';
	glob_files(pattern, to, arena);
	for (size_t i = first; i < to->n; i++) {
		char *name = arena_alloc(arena, strlen(to->v[i]) + 2);
		struct stat st;

		memcpy(name, to->v[i], strlen(to->v[i]));
		if (stat(name, &st) == 0 && st.type == FT_DIR)
			name[strlen(name)] = '/';
		to->v[i] = name;
	}
}

/* Appends the builtins and the programs of /bin that begin with the word. */
static void
complete_command(const char *word, struct fields *to, struct arena *arena)
{
	size_t n = strlen(word), count;
	const struct builtin *list = builtin_list(&count);
	struct dirent entry;
	int fd;

	for (size_t i = 0; i < count; i++)
		if (strncmp(list[i].name, word, n) == 0)
			fields_add(to, arena,
				arena_strndup(arena, list[i].name,
					strlen(list[i].name)));
	fd = open("/bin", O_RDONLY | O_DIRECTORY);
	while (fd >= 0 && readdir(fd, &entry, 1) == 1)
		if (entry.type == FT_FILE && builtin_find(entry.name) == NULL &&
			strncmp(entry.name, word, n) == 0)
			fields_add(to, arena,
				arena_strndup(
					arena, entry.name, strlen(entry.name)));
	if (fd >= 0)
		close(fd);
}

/* For edit.h's complete. */
void
complete_word(struct edit *e, const char *word, bool command, struct fields *to,
	struct arena *arena)
{
	(void)e;
	if (command && strchr(word, '/') == NULL)
		complete_command(word, to, arena);
	else
		complete_file(word, to, arena);
}
