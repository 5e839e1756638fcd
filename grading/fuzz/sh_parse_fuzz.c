/* SPDX-License-Identifier: MIT */
/*
 * Any text as shell commands: lexing, parsing and expanding it reads nothing
 * outside of it, needs bounded stack, and ends.
 */
/* links: user/sh/lex.c user/sh/parse.c user/sh/expand.c user/sh/glob.c
 * user/sh/arena.c user/lib/xmalloc.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/expand.h"
#include "user/sh/glob.h"
#include "user/sh/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
lookup(const struct expand_env *env, const char *name)
{
	(void)env;
	return strlen(name) % 2 == 0 ? NULL : " a\\*[b ";
}

static size_t
no_files(const struct expand_env *env, const char *pattern, struct fields *to,
	struct arena *arena)
{
	(void)env;
	(void)to;
	(void)arena;
	(void)glob_match(pattern, "a-file.name");
	return 0;
}

static void
visit(struct arena *arena, const struct node *n)
{
	static char *args[] = { "sh", "1", "2 3", NULL };
	const struct expand_env env = {
		.lookup = lookup, .glob = no_files, .args = args, .nargs = 3
	};
	struct fields f = { .n = 0 };

	for (; n != NULL; n = n->next) {
		for (const struct word *w = n->words; w != NULL; w = w->next)
			expand_word(&env, arena, w->text, &f);
		for (const struct word *w = n->assigns; w != NULL; w = w->next)
			expand_single(&env, arena, w->text);
		for (const struct redir *r = n->redirs; r != NULL; r = r->next)
			expand_single(&env, arena, r->target);
		visit(arena, n->children);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { NULL };
	char *text = malloc(size + 1);
	struct parser p;
	struct node *line;

	memcpy(text, data, size);
	text[size] = 0;
	parse_init(&p, &arena, text);
	while (parse_line(&p, &line) == PARSE_LINE)
		visit(&arena, line);
	arena_free(&arena);
	free(text);
	return 0;
}
