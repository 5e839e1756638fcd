/* SPDX-License-Identifier: MIT */
/*
 * Memory for programs that have no way on without it: they say so and end
 * with status 2.
 */
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/string.h"

static void *
checked(void *memory)
{
	if (memory == NULL) {
		dprintf(2, "out of memory\n");
		exit(2);
	}
	return memory;
}

void *
xmalloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *
xrealloc(void *old, size_t size)
{
	return checked(realloc(old, size > 0 ? size : 1));
}

char *
xstrdup(const char *s)
{
	return checked(strdup(s));
}
