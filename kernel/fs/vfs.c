/* SPDX-License-Identifier: MIT */
/*
 * What can be done with paths.  How they are walked is path.c's, how file
 * systems hang together mount.c's business.
 */
#include "kernel/fs/vfs.h"

#include "kernel/fs/memfs.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/path.h"
#include "kernel/lib/string.h"

struct vnode *
vfs_root(void)
{
	return memfs_root();
}

/*
 * Make what a place names.  When it is there already: -EEXIST, and *out is
 * what is there, counted.
 */
static int
vfs_make(const struct place *place, enum file_type type, struct vnode **out)
{
	const struct dir_ops *dir = place->dir->ops->dir;
	int err;

	if (place->name[0] && dir->create &&
		(type == FT_DIR || !place->slash)) {
		err = dir->create(place->dir, place->name, type, out);
		if (err == -EEXIST)
			*out = mount_enter(*out);
		return err;
	}
	err = path_find(place, out);
	if (err == -ENOENT)
		return dir->create ? -EISDIR : -EROFS;
	return err ? err : -EEXIST;
}

int
vfs_lookup(struct vnode *cwd, const char *path, struct vnode **out)
{
	struct place place;
	int err = path_walk(cwd, path, &place);

	if (err)
		return err;
	err = path_find(&place, out);
	vnode_put(place.dir);
	return err;
}

/* Open what a path led to; the flags are known to be good. */
static int
vfs_open_vnode(struct vnode *vnode, int flags, struct file **out)
{
	bool write = (flags & O_ACCMODE) != O_RDONLY;
	const struct vnode_ops *ops;
	int err;

	if (vnode->ops->dir && (write || (flags & (O_CREAT | O_TRUNC))))
		return -EISDIR;
	if (!vnode->ops->dir && (flags & O_DIRECTORY))
		return -ENOTDIR;
	err = file_open(vnode, flags, out);
	if (err)
		return err;
	ops = (*out)->vnode->ops;
	if (write && (flags & O_TRUNC) && ops->truncate)
		err = ops->truncate((*out)->vnode, 0);
	if (err)
		file_put(*out);
	return err;
}

int
vfs_open(struct vnode *cwd, const char *path, int flags, struct file **out)
{
	const int known =
		O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_DIRECTORY;
	struct place place;
	struct vnode *vnode;
	int err;

	if ((flags & ~known) || (flags & O_ACCMODE) == O_ACCMODE ||
		((flags & O_CREAT) && (flags & O_DIRECTORY)))
		return -EINVAL;
	err = path_walk(cwd, path, &place);
	if (err)
		return err;
	if (flags & O_CREAT)
		err = vfs_make(&place, FT_FILE, &vnode);
	else
		err = path_find(&place, &vnode);
	vnode_put(place.dir);
	if (err && err != -EEXIST)
		return err;
	if (err == 0 || !(flags & O_EXCL))
		err = vfs_open_vnode(vnode, flags, out);
	vnode_put(vnode);
	return err;
}

int
vfs_create(struct vnode *cwd, const char *path, enum file_type type)
{
	struct place place;
	struct vnode *vnode = NULL;
	int err = path_walk(cwd, path, &place);

	if (err)
		return err;
	err = vfs_make(&place, type, &vnode);
	if (err == 0 || err == -EEXIST)
		vnode_put(vnode);
	vnode_put(place.dir);
	return err;
}

/* Check that a place names something that may be removed or renamed. */
static int
vfs_check_movable(const struct place *place, enum file_type *type)
{
	struct vnode *vnode;
	int err;

	if (!place->name[0])
		return -EBUSY;
	err = place->dir->ops->dir->lookup(place->dir, place->name, &vnode);
	if (err)
		return err;
	*type = vnode->type;
	if (mount_covers(vnode))
		err = -EBUSY;
	else if (place->slash && !vnode->ops->dir)
		err = -ENOTDIR;
	vnode_put(vnode);
	return err;
}

int
vfs_unlink(struct vnode *cwd, const char *path)
{
	struct place place;
	enum file_type type;
	int err = path_walk(cwd, path, &place);

	if (err)
		return err;
	err = vfs_check_movable(&place, &type);
	if (err == 0 && !place.dir->ops->dir->unlink)
		err = -EROFS;
	if (err == 0)
		err = place.dir->ops->dir->unlink(place.dir, place.name);
	vnode_put(place.dir);
	return err;
}

/* The checks of rename that need no file system. */
static int
vfs_check_rename(const struct place *from, const struct place *to)
{
	enum file_type type, old;
	int err = vfs_check_movable(from, &type);

	if (err)
		return err;
	err = vfs_check_movable(to, &old);
	if (err && err != -ENOENT)
		return err;
	if (to->slash && type != FT_DIR)
		return -ENOTDIR;
	if (from->dir->ops->dir != to->dir->ops->dir)
		return -EINVAL;
	return from->dir->ops->dir->rename ? 0 : -EROFS;
}

int
vfs_rename(struct vnode *cwd, const char *from, const char *to)
{
	struct place old, new;
	int err = path_walk(cwd, from, &old);

	if (err)
		return err;
	err = path_walk(cwd, to, &new);
	if (err) {
		vnode_put(old.dir);
		return err;
	}
	err = vfs_check_rename(&old, &new);
	if (err == 0)
		err = old.dir->ops->dir->rename(
			old.dir, old.name, new.dir, new.name);
	vnode_put(old.dir);
	vnode_put(new.dir);
	return err;
}

int64_t
vfs_path(struct vnode *dir, char *buf, size_t size)
{
	char name[NAME_MAX + 1];
	struct vnode *at = vnode_get(dir), *parent;
	size_t pos = size, len;
	int err = 0;

	while (err == 0 && (at = mount_leave(at)) != vfs_root()) {
		err = at->ops->dir->parent(at, name, &parent);
		if (err)
			break;
		vnode_put(at);
		at = parent;
		len = strlen(name);
		if (pos < len + 2) /* with a '/' before it and the NUL */
			err = -ERANGE;
		else
			memcpy(buf + (pos -= len), name, len);
		if (err == 0)
			buf[--pos] = '/';
	}
	vnode_put(at);
	if (err == 0 && pos == size) {
		if (size < 2)
			err = -ERANGE;
		else
			buf[--pos] = '/';
	}
	if (err)
		return err;
	memmove(buf, buf + pos, size - pos);
	buf[size - pos] = '\0';
	return (int64_t)(size - pos);
}
