/* SPDX-License-Identifier: MIT */
/*
 * Memory that is freed all at once: what one command line needs from its
 * parsing to its end.
 */
#ifndef USER_SH_ARENA_H
#define USER_SH_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_chunk *chunks; /* newest first; NULL: empty */
};

void *arena_alloc(struct arena *a, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t n);
void arena_free(struct arena *a);

#endif
