/* SPDX-License-Identifier: MIT */
/*
 * kernel/mem/kheap.h on the C library's heap, so that AddressSanitizer
 * watches every object.  For a unit test's `links:` line.
 */
#include "kernel/mem/kheap.h"

#include <stdlib.h>
#include <string.h>

void *
kmalloc(size_t size)
{
	return size ? malloc(size) : NULL;
}

void *
kzalloc(size_t size)
{
	return size ? calloc(1, size) : NULL;
}

void
kfree(void *ptr)
{
	free(ptr);
}

char *
kstrdup(const char *s)
{
	return strdup(s);
}
