/* SPDX-License-Identifier: MIT */
/*
 * Mounts: pairs of a directory of the tree and the root of a file system
 * that covers it.  They are made once, at boot, before there are processes,
 * and stay for ever, so reading the table needs no lock.  A covered directory
 * can be neither removed nor renamed (vfs.c sees to that), so the way back up
 * from a mount is always there.
 */
#include "kernel/fs/mount.h"

#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/printf.h"

#define MOUNT_MAX 8

static struct {
	struct vnode *covered, *root; /* counted */
} mounts[MOUNT_MAX];
static size_t mount_count;

LINKSET_DECLARE(struct filesystem, filesystems);

struct vnode *
mount_enter(struct vnode *vnode)
{
	for (size_t i = 0; i < mount_count; i++) {
		if (mounts[i].covered == vnode) {
			vnode_put(vnode);
			return vnode_get(mounts[i].root);
		}
	}
	return vnode;
}

struct vnode *
mount_leave(struct vnode *vnode)
{
	for (size_t i = 0; i < mount_count; i++) {
		if (mounts[i].root == vnode) {
			vnode_put(vnode);
			return vnode_get(mounts[i].covered);
		}
	}
	return vnode;
}

bool
mount_covers(const struct vnode *vnode)
{
	for (size_t i = 0; i < mount_count; i++)
		if (mounts[i].covered == vnode)
			return true;
	return false;
}

/* Make the directory /name, if it is not there, and cover it. */
static int
mount_add(const struct filesystem *fs)
{
	struct vnode *covered, *root;
	int err;

	if (mount_count == MOUNT_MAX)
		return -ENOSPC;
	err = vfs_create(NULL, fs->name, FT_DIR);
	if (err && err != -EEXIST)
		return err;
	err = vfs_lookup(NULL, fs->name, &covered);
	if (err)
		return err;
	root = covered->ops->dir ? fs->root() : NULL;
	if (!root) {
		vnode_put(covered);
		return -ENOMEM;
	}
	mounts[mount_count].covered = covered;
	mounts[mount_count].root = root;
	mount_count++;
	return 0;
}

static void
mount_init(void)
{
	const struct filesystem *fs;
	int err;

	linkset_for_each (fs, filesystems) {
		err = mount_add(fs);
		if (err)
			kwarn("fs: /%s cannot be mounted: %s\n", fs->name,
				errno_text(err));
	}
}
INITCALL(INIT_FS, mount_init);
