/* SPDX-License-Identifier: MIT */
/*
 * Open files.  The position belongs to the open file, not to the vnode, and
 * processes that share it must not both read the same bytes: so the file's
 * lock is held over a whole read or write.  Not for devices and pipes, which
 * have no position: there a reader may wait for ever while another process
 * writes.
 */
#include "kernel/fs/file.h"

#include "kernel/lib/printf.h"
#include "kernel/mem/kheap.h"

int
file_open(struct vnode *vnode, int flags, struct file **out)
{
	struct file *file = kzalloc(sizeof(*file));
	int err = 0;

	if (!file)
		return -ENOMEM;
	file->vnode = vnode_get(vnode);
	file->flags = flags & (O_ACCMODE | O_APPEND);
	file->refs = 1;
	mutex_init(&file->lock, "file");
	if (vnode->ops->open)
		err = vnode->ops->open(vnode, flags, file);
	if (err) {
		vnode_put(file->vnode);
		kfree(file);
		return err;
	}
	*out = file;
	return 0;
}

struct file *
file_get(struct file *file)
{
	uint32_t refs = __atomic_fetch_add(&file->refs, 1, __ATOMIC_RELAXED);

	kassert(refs > 0);
	return file;
}

void
file_put(struct file *file)
{
	uint32_t refs;

	if (!file)
		return;
	refs = __atomic_fetch_sub(&file->refs, 1, __ATOMIC_ACQ_REL);
	kassert(refs > 0);
	if (refs > 1)
		return;
	if (file->vnode->ops->close)
		file->vnode->ops->close(file);
	vnode_put(file->vnode);
	kfree(file);
}

static bool
file_may(const struct file *file, int mode)
{
	int access = file->flags & O_ACCMODE;

	return access == mode || access == O_RDWR;
}

/* The lock of a file that has a position; devices and pipes have none. */
static void
file_lock(struct file *file)
{
	if (file->vnode->type == FT_FILE || file->vnode->type == FT_DIR)
		mutex_lock(&file->lock);
}

static void
file_unlock(struct file *file)
{
	if (file->vnode->type == FT_FILE || file->vnode->type == FT_DIR)
		mutex_unlock(&file->lock);
}

int64_t
file_read(struct file *file, void *buf, size_t n)
{
	const struct vnode_ops *ops = file->vnode->ops;
	int64_t count;

	if (!file_may(file, O_RDONLY))
		return -EBADF;
	if (file->vnode->type == FT_DIR)
		return -EISDIR;
	if (!ops->read)
		return -EINVAL;
	if (n == 0)
		return 0;
	file_lock(file);
	count = ops->read(file, buf, n, file->offset);
	if (count > 0 && file->vnode->type == FT_FILE)
		file->offset += (uint64_t)count;
	file_unlock(file);
	return count;
}

int64_t
file_write(struct file *file, const void *buf, size_t n)
{
	const struct vnode_ops *ops = file->vnode->ops;
	int64_t count;

	if (!file_may(file, O_WRONLY))
		return -EBADF;
	if (!ops->write)
		return -EINVAL;
	if (n == 0)
		return 0;
	file_lock(file);
	count = ops->write(file, buf, n, file->offset);
	if (count > 0 && file->vnode->type == FT_FILE)
		file->offset += (uint64_t)count;
	file_unlock(file);
	return count;
}

int64_t
file_read_at(struct file *file, void *buf, size_t n, uint64_t offset)
{
	const struct vnode_ops *ops = file->vnode->ops;
	uint8_t *dst = buf;
	size_t done = 0;

	if (file->vnode->type == FT_DIR)
		return -EISDIR;
	if (file->vnode->type != FT_FILE || !ops->read)
		return -ESPIPE;
	while (done < n) {
		int64_t count =
			ops->read(file, dst + done, n - done, offset + done);

		if (count < 0)
			return count;
		if (count == 0)
			break;
		done += (size_t)count;
	}
	return (int64_t)done;
}

uint64_t
file_size(struct file *file)
{
	struct stat st;

	vnode_stat(file->vnode, &st);
	return st.size;
}

int64_t
file_seek(struct file *file, int64_t offset, int whence)
{
	int64_t base = 0, target;

	if (file->vnode->type != FT_FILE && file->vnode->type != FT_DIR)
		return -ESPIPE;
	if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
		return -EINVAL;
	file_lock(file);
	if (whence == SEEK_CUR)
		base = (int64_t)file->offset;
	if (whence == SEEK_END)
		base = (int64_t)file_size(file);
	if (__builtin_add_overflow(base, offset, &target))
		target = -EOVERFLOW;
	else if (target < 0)
		target = -EINVAL;
	else
		file->offset = (uint64_t)target;
	file_unlock(file);
	return target;
}

int
file_readdir(struct file *file, struct dirent *ent)
{
	const struct dir_ops *dir = file->vnode->ops->dir;
	int found;

	if (!dir)
		return -ENOTDIR;
	if (!dir->readdir)
		return 0;
	file_lock(file);
	found = dir->readdir(file->vnode, file->offset, ent);
	if (found > 0)
		file->offset++;
	file_unlock(file);
	return found;
}
