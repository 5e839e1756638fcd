/* SPDX-License-Identifier: MIT */
/* The in-memory tree that is the root of all paths.  See memfs.c. */
#ifndef KERNEL_FS_MEMFS_H
#define KERNEL_FS_MEMFS_H

#include "kernel/fs/vnode.h"

/* Bytes that a file can grow to by writing. */
#define MEMFS_FILE_MAX (256ul << 20)

/* The root directory; not counted, it lives for ever. */
struct vnode *memfs_root(void);

/*
 * Give a file of the tree the contents data[0..size), which are never
 * written to and must stay for ever; what it held before is gone.
 */
void memfs_set_contents(struct vnode *file, const void *data, uint64_t size);

#endif
