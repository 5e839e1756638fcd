/* SPDX-License-Identifier: MIT */
/*
 * /dev: one flat directory with a file for each record of the linker set
 * (devfs.h), and the two devices that need no hardware.
 */
#include "kernel/fs/devfs.h"

#include "kernel/fs/file.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define DEVFS_MAX 16 /* device files */

LINKSET_DECLARE(struct devfile, devfiles);

static struct vnode devfs_nodes[DEVFS_MAX]; /* in the set's order */
static size_t devfs_count;		    /* both are written once, at boot */

static int
devfs_lookup(struct vnode *dir, const char *name, struct vnode **out)
{
	(void)dir;
	for (size_t i = 0; i < devfs_count; i++) {
		if (strcmp(__start_devfiles[i].name, name) == 0) {
			*out = vnode_get(&devfs_nodes[i]);
			return 0;
		}
	}
	return -ENOENT;
}

static int
devfs_readdir(struct vnode *dir, uint64_t index, struct dirent *ent)
{
	(void)dir;
	if (index >= devfs_count)
		return 0;
	memset(ent, 0, sizeof(*ent));
	ent->ino = devfs_nodes[index].ino;
	ent->type = devfs_nodes[index].type;
	str_copy(ent->name, __start_devfiles[index].name, sizeof(ent->name));
	return 1;
}

static const struct dir_ops devfs_dir_ops = {
	.lookup = devfs_lookup,
	.readdir = devfs_readdir,
};

static const struct vnode_ops devfs_root_ops = { .dir = &devfs_dir_ops };

static struct vnode *
devfs_root(void)
{
	static struct vnode root;
	const struct devfile *dev;

	vnode_init(&root, &devfs_root_ops, FT_DIR, DEV_DEVFS, 1);
	linkset_for_each (dev, devfiles) {
		if (devfs_count == DEVFS_MAX) {
			kwarn("fs: /dev/%s left out: only %d device files\n",
				dev->name, DEVFS_MAX);
			break;
		}
		vnode_init(&devfs_nodes[devfs_count], dev->ops, FT_DEVICE,
			DEV_DEVFS, devfs_count + 2);
		devfs_count++;
	}
	return &root;
}
FILESYSTEM(dev, devfs_root);

static int64_t
null_read(struct file *file, void *buf, size_t n, uint64_t offset)
{
	(void)file;
	(void)buf;
	(void)n;
	(void)offset;
	return 0;
}

static int64_t
null_write(struct file *file, const void *buf, size_t n, uint64_t offset)
{
	(void)file;
	(void)buf;
	(void)offset;
	return (int64_t)n;
}

static int64_t
zero_read(struct file *file, void *buf, size_t n, uint64_t offset)
{
	(void)file;
	(void)offset;
	memset(buf, 0, n);
	return (int64_t)n;
}

static const struct vnode_ops null_ops = {
	.read = null_read,
	.write = null_write,
};

static const struct vnode_ops zero_ops = {
	.read = zero_read,
	.write = null_write,
};

DEVFILE(null, &null_ops);
DEVFILE(zero, &zero_ops);
