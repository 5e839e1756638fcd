/* SPDX-License-Identifier: MIT */
/* Mounts, for whoever walks paths (vfs.c).  See mount.c. */
#ifndef KERNEL_FS_MOUNT_H
#define KERNEL_FS_MOUNT_H

#include "kernel/fs/vnode.h"

#include <stdbool.h>

/*
 * From a covered directory to the root of what covers it; any other vnode
 * stays.  Consumes the reference and returns a counted vnode.
 */
struct vnode *mount_enter(struct vnode *vnode);

/* From the root of a mounted file system to what it covers; likewise. */
struct vnode *mount_leave(struct vnode *vnode);

/* Is it a directory that a mount covers? */
bool mount_covers(const struct vnode *vnode);

#endif
