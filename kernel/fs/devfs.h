/* SPDX-License-Identifier: MIT */
/* /dev: device files.  A driver adds one with DEVFILE(). */
#ifndef KERNEL_FS_DEVFS_H
#define KERNEL_FS_DEVFS_H

#include "kernel/fs/vnode.h"
#include "kernel/lib/linkset.h"

struct devfile {
	const char *name;	     /* it appears as /dev/name */
	const struct vnode_ops *ops; /* for a vnode of type FT_DEVICE */
};

#define DEVFILE(name_, ops_)                                                   \
	LINKSET(struct devfile, devfiles, devfile_##name_)                     \
	= { .name = #name_, .ops = (ops_) }

#endif
