/* SPDX-License-Identifier: MIT */
/*
 * The initrd: a ustar archive that the boot loader put into memory.  At boot
 * its files become the in-memory tree.  Nothing is copied: files point into
 * the archive until somebody writes to them.
 */
#include "kernel/fs/initrd.h"

#include "kernel/boot/boot.h"
#include "kernel/fs/memfs.h"
#include "kernel/fs/tar.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

/* Make all directories on the way to the path's last component. */
static int
initrd_make_parents(const char *path)
{
	char parent[PATH_MAX];
	int err = 0;

	for (size_t i = 0; path[i] && (err == 0 || err == -EEXIST); i++) {
		if (path[i] != '/')
			continue;
		memcpy(parent, path, i);
		parent[i] = '\0';
		err = vfs_create(NULL, parent, FT_DIR);
	}
	return err == -EEXIST ? 0 : err;
}

static int
initrd_add_file(const struct tar_entry *entry)
{
	struct vnode *file;
	int err = vfs_create(NULL, entry->path, FT_FILE);

	if (err && err != -EEXIST)
		return err;
	err = vfs_lookup(NULL, entry->path, &file);
	if (err)
		return err;
	if (file->type == FT_FILE && file->dev == DEV_ROOT)
		memfs_set_contents(file, entry->data, entry->size);
	else
		err = file->type == FT_DIR ? -EISDIR : -EROFS;
	vnode_put(file);
	return err;
}

static int
initrd_add(const struct tar_entry *entry)
{
	int err = initrd_make_parents(entry->path);

	if (err)
		return err;
	if (entry->type == FT_FILE)
		return initrd_add_file(entry);
	err = vfs_create(NULL, entry->path, FT_DIR);
	return err == -EEXIST ? 0 : err;
}

int
initrd_unpack(const void *archive, size_t size)
{
	struct tar_entry entry;
	struct tar tar;
	int found, err;

	tar_init(&tar, archive, size);
	while ((found = tar_next(&tar, &entry)) > 0) {
		err = initrd_add(&entry);
		if (err) {
			kwarn("initrd: cannot make /%s: %s; the rest of the "
			      "archive is ignored\n",
				entry.path, errno_text(err));
			return err;
		}
	}
	if (found < 0)
		kwarn("initrd: bad archive at byte %zu of %zu: %s; the rest "
		      "is ignored\n",
			tar.error_offset, size, tar.error);
	return found;
}

static void
initrd_init(void)
{
	const struct bootinfo *info = boot_info();

	if (info->initrd_size == 0)
		kwarn("initrd: the boot loader gave none: there are no "
		      "files\n");
	else
		initrd_unpack(
			phys_to_virt(info->initrd_start), info->initrd_size);
}
/* a stage before the mounts, so that they cover what the archive has there */
INITCALL(INIT_DEVICE, initrd_init);
