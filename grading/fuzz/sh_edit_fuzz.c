/* SPDX-License-Identifier: MIT */
/* Any bytes typed into the line editor: the line stays a line. */
/* links: user/sh/edit.c user/sh/expand.c user/sh/glob.c user/sh/arena.c
 * user/lib/xmalloc.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/sh/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put(struct edit *e, const char *bytes, size_t n)
{
	(void)e;
	for (size_t i = 0; i < n; i++)
		if (bytes[i] == 0)
			abort();
}

static void
complete(struct edit *e, const char *word, bool command, struct fields *to,
	struct arena *arena)
{
	size_t n = strlen(word);
	char *longer = arena_alloc(arena, n + 2);

	(void)e;
	memcpy(longer, word, n);
	longer[n] = 'x';
	fields_add(to, arena, longer);
	if (command)
		fields_add(to, arena, arena_strndup(arena, word, n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct edit e;

	memset(&e, 0, sizeof(e));
	e.put = put;
	e.complete = complete;
	edit_begin(&e, "$ ");
	for (size_t i = 0; i < size; i++) {
		enum edit_event event = edit_byte(&e, data[i]);

		if (strlen(e.line) != e.length || e.cursor > e.length ||
			e.scroll > e.cursor || e.length >= EDIT_LINE_MAX)
			abort();
		if (event == EDIT_LINE)
			edit_remember(&e, e.line);
		if (event != EDIT_NOTHING)
			edit_begin(&e, "$ ");
	}
	edit_fini(&e);
	return 0;
}
