/* SPDX-License-Identifier: MIT */
/*
 * Paths: from text to vnodes, through all file systems.
 *
 * The root is the in-memory tree (memfs.c).  A synthetic file system
 * registers with FILESYSTEM() and appears as the directory /name; its root
 * covers an empty directory of the tree, so `..` and readdir need no special
 * case but the crossing itself.
 *
 * In all functions, cwd is where a path without a leading '/' starts; NULL
 * means the root.  Errors of all: -ENOENT (also the empty path), -ENOTDIR
 * (something on the way is no directory, or the path ends in '/' and names
 * no directory), -ENAMETOOLONG (a component over NAME_MAX, or PATH_MAX).
 */
#ifndef KERNEL_FS_VFS_H
#define KERNEL_FS_VFS_H

#include "kernel/fs/file.h"
#include "kernel/fs/vnode.h"
#include "kernel/lib/linkset.h"

struct filesystem {
	const char *name;	     /* it appears as /name */
	struct vnode *(*root)(void); /* called once, at INIT_FS; counted */
};

/* Add a file system: FILESYSTEM(dev, devfs_root); root_fn as above. */
#define FILESYSTEM(name_, root_fn)                                             \
	LINKSET(struct filesystem, filesystems, filesystem_##name_)            \
	= { .name = #name_, .root = (root_fn) }

/* The root of all paths; not counted, it lives for ever. */
struct vnode *vfs_root(void);

/* Find a path; *out is counted for the caller. */
int vfs_lookup(struct vnode *cwd, const char *path, struct vnode **out);

/*
 * Open a path with the flags of SYS_open; *out has one reference.  -EISDIR
 * for a directory that is to be written, -EEXIST, -EINVAL for bad flags,
 * -ENOTDIR with O_DIRECTORY for another thing.
 */
int vfs_open(struct vnode *cwd, const char *path, int flags, struct file **out);

/* Make a directory, or with FT_FILE an empty file. */
int vfs_create(struct vnode *cwd, const char *path, enum file_type type);

/* Remove a file or an empty directory; -EBUSY for a mounted one. */
int vfs_unlink(struct vnode *cwd, const char *path);

/* -EINVAL: between file systems, or a directory into itself. */
int vfs_rename(struct vnode *cwd, const char *from, const char *to);

/*
 * The path of a directory from the root, into buf.  Returns its length
 * without the NUL; -ERANGE when size is too small, -ENOENT when the
 * directory is no longer in the tree.
 */
int64_t vfs_path(struct vnode *dir, char *buf, size_t size);

#endif
