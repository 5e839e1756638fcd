/* SPDX-License-Identifier: MIT */
/*
 * Reading a ustar archive that lies in memory.  Pure: no allocation, no
 * locks; the archive's bytes are trusted in nothing.
 */
#ifndef KERNEL_FS_TAR_H
#define KERNEL_FS_TAR_H

#include "kernel/abi/syscall.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tar {
	const uint8_t *data; /* the archive; not owned */
	size_t size;	     /* bytes */
	size_t offset;	     /* of the next header */
	const char *error;   /* why tar_next failed; a text for people */
	size_t error_offset; /* of the header that is to blame */
};

struct tar_entry {
	char path[PATH_MAX]; /* "bin/sh": no leading, doubled, trailing '/' */
	enum file_type type; /* FT_FILE or FT_DIR */
	const uint8_t *data; /* in the archive */
	size_t size;	     /* bytes of data; 0 for a directory */
};

/* Begin to read an archive, or several, one behind the other. */
void tar_init(struct tar *tar, const void *data, size_t size);

/*
 * The next file or directory.  Returns 1, 0 at the end, or -EINVAL with
 * tar->error and tar->error_offset set; reading cannot go on then.
 */
int tar_next(struct tar *tar, struct tar_entry *entry);

#endif
