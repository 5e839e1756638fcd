/* SPDX-License-Identifier: MIT */
/* The contents of a file of the in-memory tree.  See memfs_data.c. */
#ifndef KERNEL_FS_MEMFS_DATA_H
#define KERNEL_FS_MEMFS_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memfs_data {
	uint64_t size;	     /* bytes */
	const uint8_t *base; /* read-only initial contents; not owned */
	uint64_t base_size;  /* how much of it still counts; <= size */
	uint8_t **pages;     /* private pages by number, NULL: none; owned */
	size_t slots;	     /* entries of pages */
};

/* Is there memory that the tree may take?  Some is left to the kernel. */
bool memfs_has_room(void);

/*
 * Read up to n bytes at offset.  Returns the count; 0 at the end.  The
 * caller's lock guards all of these.
 */
int64_t memfs_data_read(
	const struct memfs_data *data, void *buf, size_t n, uint64_t offset);

/*
 * Write up to n bytes at offset, growing the file; a gap reads as 0.
 * Returns the count, short when memory ends on the way; -ENOSPC or -EFBIG
 * when nothing was written.
 */
int64_t memfs_data_write(
	struct memfs_data *data, const void *buf, size_t n, uint64_t offset);

/* Set the size; new bytes are 0.  0 or -EFBIG. */
int memfs_data_truncate(struct memfs_data *data, uint64_t size);

/* Free all pages; the file is empty then. */
void memfs_data_free(struct memfs_data *data);

#endif
