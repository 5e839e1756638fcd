/* SPDX-License-Identifier: MIT */
/*
 * The directories of /vm (vmfs.h).
 *
 * The list of directories holds a reference on each until its VM is
 * destroyed; so do open files.  The last one frees it.
 */
#include "vmm/vmfs.h"

#include "kernel/fs/file.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "vmm/vmcon.h"

static struct list vmdirs = LIST_INIT(vmdirs); /* by id; under vmdirs_lock */
static struct mutex vmdirs_lock = MUTEX_INIT(vmdirs_lock, "vmdirs");

#define to_vmdir(vnode_) container_of(vnode_, struct vmdir, vnode)

static int
vmdir_lookup(struct vnode *vnode, const char *name, struct vnode **out)
{
	enum vmfile_kind kind;

	for (kind = 0; kind < VMFILES; kind++)
		if (!strcmp(vmfile_names[kind], name))
			return vmfile_create(to_vmdir(vnode), kind, out);
	return -ENOENT;
}

static struct vnode vmfs_root_node;

static int
vmdir_parent(struct vnode *vnode, char name[NAME_MAX + 1], struct vnode **out)
{
	struct vmdir *dir = to_vmdir(vnode);
	bool removed;

	mutex_lock(&vmdirs_lock);
	removed = list_empty(&dir->link);
	mutex_unlock(&vmdirs_lock);
	if (removed)
		return -ENOENT;
	snprintf(name, NAME_MAX + 1, "%d", dir->vm->id);
	*out = vnode_get(&vmfs_root_node);
	return 0;
}

static int
vmdir_readdir(struct vnode *vnode, uint64_t index, struct dirent *ent)
{
	if (index >= VMFILES)
		return 0;
	memset(ent, 0, sizeof(*ent));
	ent->ino = VMFS_INO_FILE(to_vmdir(vnode)->vm->id, index);
	ent->type = index == VMFILE_CONSOLE ? FT_DEVICE : FT_FILE;
	str_copy(ent->name, vmfile_names[index], sizeof(ent->name));
	return 1;
}

static void
vmdir_release(struct vnode *vnode)
{
	struct vmdir *dir = to_vmdir(vnode);

	vm_put(dir->vm);
	vmcon_put(dir->console);
	kfree(dir->kernel);
	kfree(dir->initrd);
	kfree(dir->cmdline);
	kfree(dir->commands);
	kfree(dir);
}

static const struct dir_ops vmdir_dir_ops = {
	.lookup = vmdir_lookup,
	.parent = vmdir_parent,
	.readdir = vmdir_readdir,
};

static const struct vnode_ops vmdir_ops = {
	.dir = &vmdir_dir_ops,
	.release = vmdir_release,
};

int
vmdir_create(struct vmdir **out)
{
	struct vmdir *dir = kzalloc(sizeof(*dir));

	if (!dir)
		return -ENOMEM;
	dir->console = vmcon_create();
	dir->vm = vm_create();
	if (!dir->console || !dir->vm) {
		if (dir->vm) {
			vm_destroy(dir->vm);
			vm_put(dir->vm);
		}
		vmcon_put(dir->console);
		kfree(dir);
		return -ENOMEM;
	}
	mutex_init(&dir->lock, "vmdir");
	vnode_init(&dir->vnode, &vmdir_ops, FT_DIR, DEV_VM,
		VMFS_INO_DIR(dir->vm->id));
	mutex_lock(&vmdirs_lock);
	vnode_get(&dir->vnode);
	list_append(&vmdirs, &dir->link);
	mutex_unlock(&vmdirs_lock);
	*out = dir;
	return 0;
}

void
vmdir_remove(struct vmdir *dir)
{
	mutex_lock(&vmdirs_lock);
	list_remove(&dir->link);
	mutex_unlock(&vmdirs_lock);
	vnode_put(&dir->vnode);
}

/* The directory of a name that is a VM's number; counted, or NULL. */
static struct vmdir *
vmfs_find(const char *name)
{
	struct vmdir *found = NULL;
	struct list *link;
	char number[16];

	mutex_lock(&vmdirs_lock);
	list_for_each (link, &vmdirs) {
		struct vmdir *dir = list_entry(link, struct vmdir, link);

		snprintf(number, sizeof(number), "%d", dir->vm->id);
		if (!strcmp(number, name)) {
			vnode_get(&dir->vnode);
			found = dir;
			break;
		}
	}
	mutex_unlock(&vmdirs_lock);
	return found;
}

/* Opening /vm/clone makes a VM: the open file becomes its ctl. */
static int
clone_open(struct vnode *vnode, int flags, struct file *file)
{
	struct vnode *ctl;
	struct vmdir *dir;
	int err;

	(void)flags;
	err = vmdir_create(&dir);
	if (err)
		return err;
	err = vmfile_create(dir, VMFILE_CTL, &ctl);
	if (err) {
		vm_destroy(dir->vm);
		vmdir_remove(dir);
	} else {
		file->vnode = ctl;
		vnode_put(vnode);
	}
	vnode_put(&dir->vnode);
	return err;
}

static const struct vnode_ops clone_ops = { .open = clone_open };

static struct vnode vmfs_clone_node;

static int
vmfs_lookup(struct vnode *root, const char *name, struct vnode **out)
{
	struct vmdir *dir;

	(void)root;
	if (!strcmp(name, "clone")) {
		*out = vnode_get(&vmfs_clone_node);
		return 0;
	}
	dir = vmfs_find(name);
	if (!dir)
		return -ENOENT;
	*out = &dir->vnode;
	return 0;
}

static int
vmfs_readdir(struct vnode *root, uint64_t index, struct dirent *ent)
{
	struct list *link;
	int found = 0;

	(void)root;
	memset(ent, 0, sizeof(*ent));
	if (index == 0) {
		ent->ino = VMFS_INO_CLONE;
		ent->type = FT_FILE;
		str_copy(ent->name, "clone", sizeof(ent->name));
		return 1;
	}
	mutex_lock(&vmdirs_lock);
	list_for_each (link, &vmdirs) {
		struct vmdir *dir = list_entry(link, struct vmdir, link);

		if (--index)
			continue;
		ent->ino = dir->vnode.ino;
		ent->type = FT_DIR;
		snprintf(ent->name, sizeof(ent->name), "%d", dir->vm->id);
		found = 1;
		break;
	}
	mutex_unlock(&vmdirs_lock);
	return found;
}

static const struct dir_ops vmfs_dir_ops = {
	.lookup = vmfs_lookup,
	.readdir = vmfs_readdir,
};

static const struct vnode_ops vmfs_root_ops = { .dir = &vmfs_dir_ops };

static struct vnode *
vmfs_root(void)
{
	vnode_init(
		&vmfs_root_node, &vmfs_root_ops, FT_DIR, DEV_VM, VMFS_INO_ROOT);
	vnode_init(
		&vmfs_clone_node, &clone_ops, FT_FILE, DEV_VM, VMFS_INO_CLONE);
	return &vmfs_root_node;
}
FILESYSTEM(vm, vmfs_root);
