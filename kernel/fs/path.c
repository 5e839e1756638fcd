/* SPDX-License-Identifier: MIT */
/*
 * Paths: walked component by component, each looked up in the directory that
 * the one before has led to.
 *
 * There are no links of any kind, so the way up from a directory is unique
 * and a directory has one path.
 */
#include "kernel/fs/path.h"

#include "kernel/fs/mount.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/string.h"

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
path_step_up(struct vnode **at)
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
path_step(struct vnode **at, const char *name)
{
	struct vnode *next;
	int err;

	if (!(*at)->ops->dir)
		return -ENOTDIR;
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		return path_step_up(at);
	err = (*at)->ops->dir->lookup(*at, name, &next);
	if (err)
		return err;
	vnode_put(*at);
	*at = mount_enter(next);
	return 0;
}

int
path_walk(struct vnode *cwd, const char *path, struct place *place)
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
		found = path_step(&place->dir, place->name);
		if (found < 0)
			break;
	}
	/* "." and ".." are places to go to, not names in a directory */
	if (found > 0 &&
		(strcmp(place->name, ".") == 0 ||
			strcmp(place->name, "..") == 0)) {
		found = path_step(&place->dir, place->name);
		place->name[0] = '\0';
	}
	if (found >= 0 && !place->dir->ops->dir)
		found = -ENOTDIR;
	if (found < 0)
		vnode_put(place->dir);
	return found < 0 ? found : 0;
}

int
path_find(const struct place *place, struct vnode **out)
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
