/* SPDX-License-Identifier: MIT */
#include "user/sh/arena.h"
#include "user/lib/stdlib.h"
#include "user/lib/string.h"

#define CHUNK_SIZE ((size_t)4096)

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size; /* of bytes[] */
	_Alignas(16) char bytes[];
};

/* Zeroed memory, aligned to 16; never NULL: the program ends instead. */
void *
arena_alloc(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunks;
	char *memory;

	size = (size + 15) & ~(size_t)15;
	if (c == NULL || c->size - c->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		c = xmalloc(sizeof(*c) + room);
		c->next = a->chunks;
		c->used = 0;
		c->size = room;
		a->chunks = c;
	}
	memory = c->bytes + c->used;
	c->used += size;
	memset(memory, 0, size);
	return memory;
}

/* The n bytes at s as a string. */
char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	memcpy(copy, s, n);
	return copy;
}

/* Frees all that was allocated; the arena is empty and usable again. */
void
arena_free(struct arena *a)
{
	while (a->chunks != NULL) {
		struct arena_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
}
