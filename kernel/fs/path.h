/* SPDX-License-Identifier: MIT */
/* Walking paths, for the functions of vfs.h. */
#ifndef KERNEL_FS_PATH_H
#define KERNEL_FS_PATH_H

#include "kernel/fs/vnode.h"

#include <stdbool.h>

/* Where a path's last component lies. */
struct place {
	struct vnode *dir;	 /* counted; a directory */
	char name[NAME_MAX + 1]; /* "": the path names dir itself */
	bool slash; /* the path ends in '/': only a directory will do */
};

/*
 * Walk to the directory of the path's last component, which need not be
 * there.  The caller gives place->dir back.  cwd and errors as in vfs.h.
 */
int path_walk(struct vnode *cwd, const char *path, struct place *place);

/* What a place names; *out is counted.  0, -ENOENT, -ENOTDIR. */
int path_find(const struct place *place, struct vnode **out);

#endif
