/* SPDX-License-Identifier: MIT */
/*
 * Vnodes: what every file system has in common.
 *
 * A vnode stands for one file, directory, device or pipe.  A file system
 * embeds it in a struct of its own and gets back to that with container_of(),
 * so there is no untyped pointer.  Two tables say what can be done with it:
 * vnode_ops for any vnode, dir_ops in addition for one that is a directory.
 *
 * Vnodes are counted.  A file system that keeps a vnode in its own tree holds
 * one reference for that; so a count of 0 means that nobody can find it any
 * more, and the release hook frees it.
 *
 * Buffers are always the kernel's: the system calls copy user data, so that
 * no file system ever sees a user pointer.  Each file system does its own
 * locking; hooks run in thread context with interrupts on and may sleep.
 * Every hook may be NULL; the text beside it says what that means.
 */
#ifndef KERNEL_FS_VNODE_H
#define KERNEL_FS_VNODE_H

#include "kernel/abi/errno.h"
#include "kernel/abi/syscall.h"

#include <stddef.h>
#include <stdint.h>

struct file;
struct vnode;

/* stat.dev: which file system a vnode belongs to. */
enum vnode_dev {
	DEV_ROOT = 0,
	DEV_DEVFS = 1,
	DEV_VM = 2,
	DEV_PIPE = 3
};

/*
 * What a directory does in addition.  Names are 1 to NAME_MAX bytes without
 * '/', never "." or "..".
 */
struct dir_ops {
	/* Find name; *out is counted for the caller.  0 or -errno. */
	int (*lookup)(struct vnode *dir, const char *name, struct vnode **out);

	/*
	 * The directory that dir is in (*out, counted) and dir's name there.
	 * -ENOENT when dir was removed.  Never called for the root of a file
	 * system, so a file system without subdirectories leaves it out.
	 */
	int (*parent)(
		struct vnode *dir, char name[NAME_MAX + 1], struct vnode **out);

	/*
	 * Make an FT_FILE or FT_DIR; *out is counted for the caller.  When
	 * there is such a name already: -EEXIST, and *out is what it names,
	 * counted too.  NULL: -EROFS.
	 */
	int (*create)(struct vnode *dir, const char *name, enum file_type type,
		struct vnode **out);

	/* Remove a file or an empty directory.  NULL: -EROFS. */
	int (*unlink)(struct vnode *dir, const char *name);

	/*
	 * Move a name within one file system, over what to_name was, as POSIX
	 * has it.  NULL: -EROFS.
	 */
	int (*rename)(struct vnode *from, const char *from_name,
		struct vnode *to, const char *to_name);

	/*
	 * Fill in entry number index, counted from 0, without "." and "..".
	 * Returns 1, 0 when there is no such entry, or -errno.
	 */
	int (*readdir)(struct vnode *dir, uint64_t index, struct dirent *ent);
};

struct vnode_ops {
	const struct dir_ops *dir; /* NULL: not a directory */

	/*
	 * A new open file.  May put another vnode into file->vnode: give back
	 * the old one with vnode_put() and leave a counted one.  So a file
	 * system that wants data per open makes a vnode per open.  On an
	 * error, file->vnode must be as it was.  NULL: nothing to do.
	 */
	int (*open)(struct vnode *vnode, int flags, struct file *file);

	/* The last reference to an open file goes.  NULL: nothing to do. */
	void (*close)(struct file *file);

	/*
	 * Read or write n > 0 bytes at offset; may be short.  Returns the
	 * count (read: 0 at the end) or -errno; -EINTR when the caller is
	 * killed while it waits.
	 *
	 * FT_FILE: the calls of one open file come one at a time, so they may
	 * only wait for things that end soon.  With O_APPEND, write first
	 * sets file->offset to the end and writes there.
	 * FT_DEVICE, FT_PIPE: calls come at the same time and may wait for
	 * ever; offset is always 0.
	 *
	 * The kernel's own file_read_at() calls read, too.  NULL: -EINVAL.
	 */
	int64_t (*read)(
		struct file *file, void *buf, size_t n, uint64_t offset);
	int64_t (*write)(
		struct file *file, const void *buf, size_t n, uint64_t offset);

	/*
	 * Set the size of an FT_FILE; new bytes are 0.  Also for O_TRUNC.
	 * NULL: -EINVAL from ftruncate, and O_TRUNC does nothing.
	 */
	int (*truncate)(struct vnode *vnode, uint64_t size);

	/* The size in bytes.  NULL: 0. */
	uint64_t (*size)(struct vnode *vnode);

	/* NULL: -ENOTTY. */
	int64_t (*ioctl)(struct file *file, enum ioctl_nr nr, uint64_t arg);

	/*
	 * Which of POLLIN, POLLOUT, POLLHUP hold now; must not sleep.  The
	 * file system calls poll_notify() when that may have changed.
	 * NULL: POLLIN | POLLOUT.
	 */
	unsigned (*poll)(struct file *file);

	/* The last reference went: free it.  NULL: it lives for ever. */
	void (*release)(struct vnode *vnode);
};

struct vnode {
	const struct vnode_ops *ops;
	enum file_type type;
	uint32_t dev;  /* enum vnode_dev */
	uint64_t ino;  /* unique in its dev */
	uint32_t refs; /* atomic */
};

/* Set up a vnode with one reference, the caller's. */
void vnode_init(struct vnode *vnode, const struct vnode_ops *ops,
	enum file_type type, enum vnode_dev dev, uint64_t ino);

/* One more reference to vnode, which is not NULL; returns vnode. */
struct vnode *vnode_get(struct vnode *vnode);

/* Give one reference back; NULL is allowed.  May sleep. */
void vnode_put(struct vnode *vnode);

/* What stat says of a vnode. */
void vnode_stat(struct vnode *vnode, struct stat *st);

/*
 * Wake whoever polls, because what a poll hook returns may have changed.
 * Any context; spinlocks may be held.
 */
void poll_notify(void);

#endif
