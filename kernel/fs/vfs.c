/* SPDX-License-Identifier: MIT */
/*
 * Paths: walked component by component, each looked up in the directory that
 * the one before has led to.
 *
 * A mount is a pair of vnodes: a directory of the tree, and the root of a
 * file system that covers it.  Mounts are made once, at boot, and stay.  A
 * covered directory can be neither removed nor renamed, so the way back up
 * from a mount is always there.  There are no links of any kind, so `..` of
 * what a path leads to is unique and a directory has one path.
 */
#include "kernel/fs/vfs.h"

#include "kernel/fs/memfs.h"
#include "kernel/lib/initcall.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

#define MOUNT_MAX 8

/* Where a path's last component lies. */
struct vfs_place {
	struct vnode *dir; /* counted */
	char name[NAME_MAX + 1]; /* "": the path names dir itself */
	bool slash; /* the path ends in '/': only a directory will do */
};

static struct {
	struct vnode *covered, *root; /* counted */
} mounts[MOUNT_MAX]; /* written at boot only */
static size_t mount_count;

LINKSET_DECLARE(struct filesystem, filesystems);

struct vnode *
vfs_root(void)
{
	return memfs_root();
}

/* Go from a covered directory to what covers it; consumes the reference. */
static struct vnode *
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

/* Go from a mounted root to what it covers; consumes the reference. */
static struct vnode *
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

static bool
mount_covers(const struct vnode *vnode)
{
	for (size_t i = 0; i < mount_count; i++)
		if (mounts[i].covered == vnode)
			return true;
	return false;
}

/*
 * Copy the path's next component to name and move on to what follows it.
 * Returns 1, 0 at the end, or -ENAMETOOLONG.
 */
static int
path_next(const char **path, char name[NAME_MAX + 1])
{
	const char *p = *path;
	size_t len = 0;

	while (*p == '/')
		p++;
	while (p[len] && p[len] != '/')
		len++;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, p, len);
	name[len] = '\0';
	p += len;
	while (*p == '/')
		p++;
	*path = p;
	return len > 0;
}

/* Go from *at to its parent; the root is its own. */
static int
vfs_step_up(struct vnode **at)
{
	char name[NAME_MAX + 1];
	struct vnode *parent;
	int err;

	*at = mount_leave(*at);
	if (*at == vfs_root())
		return 0;
	err = (*at)->ops->dir->parent(*at, name, &parent);
	if (err)
		return err;
	vnode_put(*at);
	*at = parent;
	return 0;
}

/* Go from *at to its entry; the reference moves along, also on an error. */
static int
vfs_step(struct vnode **at, const char *name)
{
	struct vnode *next;
	int err;

	if (!(*at)->ops->dir)
		return -ENOTDIR;
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		return vfs_step_up(at);
	err = (*at)->ops->dir->lookup(*at, name, &next);
	if (err)
		return err;
	vnode_put(*at);
	*at = mount_enter(next);
	return 0;
}

/* Walk to the directory of the path's last component. */
static int
vfs_walk(struct vnode *cwd, const char *path, struct vfs_place *place)
{
	size_t len = strnlen(path, PATH_MAX);
	int found;

	if (len == 0)
		return -ENOENT;
	if (len == PATH_MAX)
		return -ENAMETOOLONG;
	place->slash = path[len - 1] == '/';
	place->dir = vnode_get(*path == '/' || !cwd ? vfs_root() : cwd);
	while ((found = path_next(&path, place->name)) > 0 && *path) {
		found = vfs_step(&place->dir, place->name);
		if (found < 0)
			break;
	}
	/* "." and ".." are places to go to, not names in a directory */
	if (found > 0 &&
		(strcmp(place->name, ".") == 0 ||
			strcmp(place->name, "..") == 0)) {
		found = vfs_step(&place->dir, place->name);
		place->name[0] = '\0';
	}
	if (found >= 0 && !place->dir->ops->dir)
		found = -ENOTDIR;
	if (found < 0)
		vnode_put(place->dir);
	return found < 0 ? found : 0;
}

/* What a place names, counted. */
static int
vfs_find(const struct vfs_place *place, struct vnode **out)
{
	int err = 0;

	if (place->name[0])
		err = place->dir->ops->dir->lookup(
			place->dir, place->name, out);
	else
		*out = vnode_get(place->dir);
	if (err)
		return err;
	*out = mount_enter(*out);
	if (place->slash && !(*out)->ops->dir) {
		vnode_put(*out);
		return -ENOTDIR;
	}
	return 0;
}

/*
 * Make what a place names.  When it is there already: -EEXIST, and *out is
 * what is there, counted.
 */
static int
vfs_make(const struct vfs_place *place, enum file_type type, struct vnode **out)
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
	err = vfs_find(place, out);
	if (err == -ENOENT)
		return dir->create ? -EISDIR : -EROFS;
	return err ? err : -EEXIST;
}

int
vfs_lookup(struct vnode *cwd, const char *path, struct vnode **out)
{
	struct vfs_place place;
	int err = vfs_walk(cwd, path, &place);

	if (err)
		return err;
	err = vfs_find(&place, out);
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
	const int known = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND |
		O_DIRECTORY;
	struct vfs_place place;
	struct vnode *vnode;
	int err;

	if ((flags & ~known) || (flags & O_ACCMODE) == O_ACCMODE ||
		((flags & O_CREAT) && (flags & O_DIRECTORY)))
		return -EINVAL;
	err = vfs_walk(cwd, path, &place);
	if (err)
		return err;
	if (flags & O_CREAT)
		err = vfs_make(&place, FT_FILE, &vnode);
	else
		err = vfs_find(&place, &vnode);
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
	struct vfs_place place;
	struct vnode *vnode = NULL;
	int err = vfs_walk(cwd, path, &place);

	if (err)
		return err;
	err = vfs_make(&place, type, &vnode);
	if (err == 0 || err == -EEXIST)
		vnode_put(vnode);
	vnode_put(place.dir);
	return err;
}
