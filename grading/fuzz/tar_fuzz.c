/* SPDX-License-Identifier: MIT */
/*
 * The ustar reader against any bytes: it ends, stays inside the archive, and
 * what it yields keeps its promises.
 *
 * Few random inputs have a right checksum, so the first byte says whether
 * the target puts one into each block that could be a header.
 */
/* links: kernel/fs/tar.c */
#include "kernel/fs/tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "tar_fuzz: broken promise: %s\n", what);
	abort();
}

/* Put the right checksum into every block. */
static void
seal(uint8_t *p, size_t size)
{
	for (; size >= BLOCK; p += BLOCK, size -= BLOCK) {
		unsigned sum = 0;

		memset(p + 148, ' ', 8);
		for (int i = 0; i < BLOCK; i++)
			sum += p[i];
		snprintf((char *)p + 148, 8, "%06o", sum & 0777777);
	}
}

static void
check_path(const char *path)
{
	const char *slash;

	check(strlen(path) > 0 && strlen(path) < PATH_MAX, "a path's length");
	do {
		size_t len;

		slash = strchr(path, '/');
		len = slash ? (size_t)(slash - path) : strlen(path);
		check(len > 0 && len <= NAME_MAX, "a name's length");
		check(!(len == 1 && path[0] == '.'), "no \".\" in a path");
		check(!(len == 2 && memcmp(path, "..", 2) == 0),
			"no \"..\" in a path");
		path += len + 1;
	} while (slash);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy, sum = 0;
	struct tar_entry entry;
	struct tar tar;
	int found;

	if (size == 0)
		return 0;
	copy = malloc(size);
	memcpy(copy, data, size);
	if (copy[0] & 1)
		seal(copy + 1, size - 1);
	tar_init(&tar, copy + 1, size - 1);
	while ((found = tar_next(&tar, &entry)) > 0) {
		check_path(entry.path);
		check(entry.type == FT_FILE || entry.type == FT_DIR, "a type");
		for (size_t i = 0; i < entry.size; i++)
			sum ^= entry.data[i]; /* the sanitizer watches */
	}
	check(found == 0 || tar.error, "an error has a reason");
	__asm__ volatile("" : : "r"(sum));
	free(copy);
	return 0;
}
