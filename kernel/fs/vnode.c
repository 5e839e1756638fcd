/* SPDX-License-Identifier: MIT */
/* Vnodes: counting, and what holds for all of them. */
#include "kernel/fs/vnode.h"

#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"

void
vnode_init(struct vnode *vnode, const struct vnode_ops *ops,
	enum file_type type, enum vnode_dev dev, uint64_t ino)
{
	vnode->ops = ops;
	vnode->type = type;
	vnode->dev = dev;
	vnode->ino = ino;
	vnode->refs = 1;
}

struct vnode *
vnode_get(struct vnode *vnode)
{
	uint32_t refs = __atomic_fetch_add(&vnode->refs, 1, __ATOMIC_RELAXED);

	kassert(refs > 0);
	return vnode;
}

void
vnode_put(struct vnode *vnode)
{
	uint32_t refs;

	if (!vnode)
		return;
	refs = __atomic_fetch_sub(&vnode->refs, 1, __ATOMIC_ACQ_REL);
	kassert(refs > 0);
	if (refs == 1 && vnode->ops->release)
		vnode->ops->release(vnode);
}

void
vnode_stat(struct vnode *vnode, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->ino = vnode->ino;
	st->dev = vnode->dev;
	st->type = vnode->type;
	st->size = vnode->ops->size ? vnode->ops->size(vnode) : 0;
}
