/* SPDX-License-Identifier: MIT */
/*
 * Open files: a vnode with a position.  Descriptors share one after dup and
 * fork, so it is counted.
 */
#ifndef KERNEL_FS_FILE_H
#define KERNEL_FS_FILE_H

#include "kernel/fs/vnode.h"
#include "kernel/proc/waitq.h"

#include <stddef.h>
#include <stdint.h>

struct file {
	struct vnode *vnode; /* counted */
	int flags;	     /* O_ACCMODE and O_APPEND bits of open */
	uint32_t refs;	     /* atomic */
	struct mutex lock; /* held over each read, write, seek of an FT_FILE */
	uint64_t offset;   /* guarded by lock; of a directory: the next entry */
};

/*
 * An open file of vnode with one reference, the caller's; calls the open
 * hook.  Takes a reference of its own to vnode.  Returns 0 or -errno.
 */
int file_open(struct vnode *vnode, int flags, struct file **out);

/* One more reference; returns file. */
struct file *file_get(struct file *file);

/* Give one reference back, the last one closes; NULL is allowed. */
void file_put(struct file *file);

/*
 * Read or write at the file's position and move it on; buf is the kernel's.
 * May be short; 0 bytes read: the end.  -EBADF: not open for this; -EISDIR.
 */
int64_t file_read(struct file *file, void *buf, size_t n);
int64_t file_write(struct file *file, const void *buf, size_t n);

/*
 * Read at offset without moving the position, until n bytes are there or the
 * file ends.  Returns the count or -errno.
 */
int64_t file_read_at(struct file *file, void *buf, size_t n, uint64_t offset);

/* The file's size in bytes; 0 for a device. */
uint64_t file_size(struct file *file);

/*
 * Move the position; whence as in SYS_lseek.  Returns the new one, -ESPIPE
 * for devices and pipes, -EINVAL below 0.
 */
int64_t file_seek(struct file *file, int64_t offset, int whence);

/* The next entry of a directory: 1, 0 at the end, or -errno. */
int file_readdir(struct file *file, struct dirent *ent);

#endif
