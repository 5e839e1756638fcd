/* SPDX-License-Identifier: MIT */
/*
 * Words into arguments (XCU 2.6): parameters, then splitting of what they
 * gave outside of quotes, then file names, then quotes go.
 */
#ifndef USER_SH_EXPAND_H
#define USER_SH_EXPAND_H

#include "user/sh/arena.h"
#include <stddef.h>

/* A growing list of arguments; v[n] is NULL. */
struct fields {
	char **v;
	size_t n, room;
};

void fields_add(struct fields *f, struct arena *arena, char *text);

/* What the expansion asks of its shell. */
struct expand_env {
	/* The value of NAME, or of one of ? $ ! # -; NULL if it has none. */
	const char *(*lookup)(const struct expand_env *env, const char *name);
	/*
	 * Appends the file names that the pattern matches, sorted; returns how
	 * many.  The pattern is one of glob.h.
	 */
	size_t (*glob)(const struct expand_env *env, const char *pattern,
		struct fields *to, struct arena *arena);
	char **args; /* $0, $1, ... */
	size_t nargs;
};

int expand_word(const struct expand_env *env, struct arena *arena,
	const char *word, struct fields *to);
char *expand_single(
	const struct expand_env *env, struct arena *arena, const char *word);

#endif
