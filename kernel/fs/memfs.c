/* SPDX-License-Identifier: MIT */
/*
 * The in-memory tree: directories with names, and files (memfs_data.c).  It
 * is filled from the initrd at boot and is writable; what is written is gone
 * when the machine ends.
 *
 * One lock, memfs_lock, guards all of it: names, links and contents.  No
 * operation sleeps with it but for the lock itself, and system calls move a
 * page at a time, so it is never held for long.
 *
 * A node in the tree has one reference for its place there and is freed by
 * memfs_release when that and all open files are gone: so data of an
 * unlinked file lives until it is closed.  A directory goes only when it is
 * empty, so a node that is in the tree has its whole way up to the root in
 * the tree.  Left out on purpose: hard links, owners, modes and times.
 */
#include "kernel/fs/memfs.h"

#include "kernel/fs/file.h"
#include "kernel/fs/memfs_data.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"

struct memfs_node {
	struct vnode vnode;

	/* guarded by memfs_lock */
	char name[NAME_MAX + 1];
	struct memfs_node *parent; /* root: itself; NULL: not in the tree */
	struct list sibling;	   /* in parent->children */
	struct list children;	   /* of a directory, oldest first */
	struct memfs_data data;	   /* of a file */
};

static const struct vnode_ops memfs_dir_vnode_ops;
static const struct vnode_ops memfs_file_vnode_ops;

static struct mutex memfs_lock = MUTEX_INIT(memfs_lock, "memfs");
static uint64_t memfs_last_ino = 1; /* guarded by memfs_lock */
static struct memfs_node memfs_root_node = {
	.vnode = { .ops = &memfs_dir_vnode_ops,
		.type = FT_DIR,
		.dev = DEV_ROOT,
		.ino = 1,
		.refs = 1 },
	.parent = &memfs_root_node,
	.sibling = LIST_INIT(memfs_root_node.sibling),
	.children = LIST_INIT(memfs_root_node.children),
};

static struct memfs_node *
to_memfs(struct vnode *vnode)
{
	return container_of(vnode, struct memfs_node, vnode);
}

struct vnode *
memfs_root(void)
{
	return &memfs_root_node.vnode;
}

void
memfs_set_contents(struct vnode *file, const void *data, uint64_t size)
{
	struct memfs_node *node = to_memfs(file);

	mutex_lock(&memfs_lock);
	memfs_data_free(&node->data);
	node->data.base = data;
	node->data.base_size = size;
	node->data.size = size;
	mutex_unlock(&memfs_lock);
}

/* The entry of that name, or NULL.  memfs_lock is held. */
static struct memfs_node *
memfs_find(const struct memfs_node *dir, const char *name)
{
	struct list *it;

	list_for_each (it, &dir->children) {
		struct memfs_node *node =
			list_entry(it, struct memfs_node, sibling);

		if (strcmp(node->name, name) == 0)
			return node;
	}
	return NULL;
}

/* Put a node into a directory or take it out.  memfs_lock is held. */
static void
memfs_attach(struct memfs_node *dir, struct memfs_node *node, const char *name)
{
	str_copy(node->name, name, sizeof(node->name));
	node->parent = dir;
	list_append(&dir->children, &node->sibling);
}

static void
memfs_detach(struct memfs_node *node)
{
	node->parent = NULL;
	list_remove(&node->sibling);
}

static int
memfs_lookup(struct vnode *dir, const char *name, struct vnode **out)
{
	struct memfs_node *node;

	mutex_lock(&memfs_lock);
	node = memfs_find(to_memfs(dir), name);
	if (node)
		*out = vnode_get(&node->vnode);
	mutex_unlock(&memfs_lock);
	return node ? 0 : -ENOENT;
}

static int
memfs_parent(struct vnode *dir, char name[NAME_MAX + 1], struct vnode **out)
{
	struct memfs_node *node = to_memfs(dir);
	int err = 0;

	mutex_lock(&memfs_lock);
	if (node->parent) {
		str_copy(name, node->name, NAME_MAX + 1);
		*out = vnode_get(&node->parent->vnode);
	} else {
		err = -ENOENT;
	}
	mutex_unlock(&memfs_lock);
	return err;
}

/* A node that is not in the tree yet, with one reference; or NULL. */
static struct memfs_node *
memfs_node_create(enum file_type type)
{
	struct memfs_node *node = NULL;

	if (memfs_has_room())
		node = kzalloc(sizeof(*node));
	if (!node)
		return NULL;
	vnode_init(&node->vnode,
		type == FT_DIR ? &memfs_dir_vnode_ops : &memfs_file_vnode_ops,
		type, DEV_ROOT, 0);
	list_init(&node->sibling);
	list_init(&node->children);
	return node;
}

static int
memfs_create(struct vnode *vdir, const char *name, enum file_type type,
	struct vnode **out)
{
	struct memfs_node *dir = to_memfs(vdir), *node;
	int err = 0;

	mutex_lock(&memfs_lock);
	node = memfs_find(dir, name);
	if (node) {
		err = -EEXIST;
	} else if (!dir->parent) {
		err = -ENOENT;
	} else if ((node = memfs_node_create(type))) {
		node->vnode.ino = ++memfs_last_ino;
		memfs_attach(dir, node, name);
	} else {
		err = -ENOSPC;
	}
	if (node)
		*out = vnode_get(&node->vnode);
	mutex_unlock(&memfs_lock);
	return err;
}

static int
memfs_unlink(struct vnode *dir, const char *name)
{
	struct memfs_node *node;
	int err = 0;

	mutex_lock(&memfs_lock);
	node = memfs_find(to_memfs(dir), name);
	if (!node)
		err = -ENOENT;
	else if (!list_empty(&node->children))
		err = -ENOTEMPTY;
	else
		memfs_detach(node);
	mutex_unlock(&memfs_lock);
	if (err == 0)
		vnode_put(&node->vnode);
	return err;
}

/* May node be moved into dir, over old (or NULL)?  memfs_lock is held. */
static int
memfs_check_rename(const struct memfs_node *node, const struct memfs_node *dir,
	const struct memfs_node *old)
{
	if (!dir->parent)
		return -ENOENT;
	for (; dir != &memfs_root_node; dir = dir->parent)
		if (dir == node)
			return -EINVAL;
	if (!old)
		return 0;
	if (node->vnode.type == FT_DIR && old->vnode.type != FT_DIR)
		return -ENOTDIR;
	if (node->vnode.type != FT_DIR && old->vnode.type == FT_DIR)
		return -EISDIR;
	return list_empty(&old->children) ? 0 : -ENOTEMPTY;
}

static int
memfs_rename(struct vnode *from, const char *from_name, struct vnode *to,
	const char *to_name)
{
	struct memfs_node *node, *old = NULL;
	int err = -ENOENT;

	mutex_lock(&memfs_lock);
	node = memfs_find(to_memfs(from), from_name);
	if (node) {
		old = memfs_find(to_memfs(to), to_name);
		err = memfs_check_rename(
			node, to_memfs(to), old == node ? NULL : old);
	}
	if (err || old == node) {
		old = NULL;
	} else {
		if (old)
			memfs_detach(old);
		memfs_detach(node);
		memfs_attach(to_memfs(to), node, to_name);
	}
	mutex_unlock(&memfs_lock);
	if (old)
		vnode_put(&old->vnode);
	return err;
}

static int
memfs_readdir(struct vnode *dir, uint64_t index, struct dirent *ent)
{
	struct list *it;
	int found = 0;

	mutex_lock(&memfs_lock);
	list_for_each (it, &to_memfs(dir)->children) {
		struct memfs_node *node =
			list_entry(it, struct memfs_node, sibling);

		if (index-- > 0)
			continue;
		memset(ent, 0, sizeof(*ent));
		ent->ino = node->vnode.ino;
		ent->type = node->vnode.type;
		ent->size = node->data.size;
		str_copy(ent->name, node->name, sizeof(ent->name));
		found = 1;
		break;
	}
	mutex_unlock(&memfs_lock);
	return found;
}

static int64_t
memfs_read(struct file *file, void *buf, size_t n, uint64_t offset)
{
	int64_t count;

	mutex_lock(&memfs_lock);
	count = memfs_data_read(&to_memfs(file->vnode)->data, buf, n, offset);
	mutex_unlock(&memfs_lock);
	return count;
}

static int64_t
memfs_write(struct file *file, const void *buf, size_t n, uint64_t offset)
{
	struct memfs_data *data = &to_memfs(file->vnode)->data;
	int64_t count;

	mutex_lock(&memfs_lock);
	if (file->flags & O_APPEND)
		file->offset = offset = data->size;
	count = memfs_data_write(data, buf, n, offset);
	mutex_unlock(&memfs_lock);
	return count;
}

static int
memfs_truncate(struct vnode *vnode, uint64_t size)
{
	int err;

	mutex_lock(&memfs_lock);
	err = memfs_data_truncate(&to_memfs(vnode)->data, size);
	mutex_unlock(&memfs_lock);
	return err;
}

static uint64_t
memfs_size(struct vnode *vnode)
{
	uint64_t size;

	mutex_lock(&memfs_lock);
	size = to_memfs(vnode)->data.size;
	mutex_unlock(&memfs_lock);
	return size;
}

static void
memfs_release(struct vnode *vnode)
{
	struct memfs_node *node = to_memfs(vnode);

	memfs_data_free(&node->data);
	kfree(node);
}

static const struct dir_ops memfs_dir_ops = {
	.lookup = memfs_lookup,
	.parent = memfs_parent,
	.create = memfs_create,
	.unlink = memfs_unlink,
	.rename = memfs_rename,
	.readdir = memfs_readdir,
};

static const struct vnode_ops memfs_dir_vnode_ops = {
	.dir = &memfs_dir_ops,
	.release = memfs_release,
};

static const struct vnode_ops memfs_file_vnode_ops = {
	.read = memfs_read,
	.write = memfs_write,
	.truncate = memfs_truncate,
	.size = memfs_size,
	.release = memfs_release,
};
