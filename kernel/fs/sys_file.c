/* SPDX-License-Identifier: MIT */
/*
 * System calls on descriptors.  User data crosses here, through a buffer of
 * the kernel's, so that no file system ever sees a user pointer.  What is
 * read in one piece (a pipe, a line, up to a page) is handed on in one piece.
 */
#include "kernel/fs/file.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/vfs.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/pmm.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/syscall.h"
#include "kernel/proc/thread.h"

#define SYS_IO_SMALL 256 /* bytes that are moved without an allocation */
#define SYS_IO_MAX   (1ul << 30) /* bytes of one read or write at most */

_Static_assert(PAGE_SIZE >= PIPE_BUF, "a page is written in one piece");

/* The caller's open file, or NULL; not counted. */
static struct file *
sys_get_file(uint64_t fd)
{
	return fdtable_get(&proc_current()->files, fd);
}

/* Give an open file a descriptor; takes the reference over. */
static int64_t
sys_install(struct file *file)
{
	int fd = fdtable_install(&proc_current()->files, file);

	if (fd < 0)
		file_put(file);
	return fd;
}

static int64_t
sys_open(const uint64_t arg[6])
{
	char path[PATH_MAX];
	struct file *file;
	int64_t err = copy_string_from_user(path, arg[0], sizeof(path));

	if (err < 0)
		return err;
	if (arg[1] > INT32_MAX)
		return -EINVAL;
	err = vfs_open(proc_current()->cwd, path, (int)arg[1], &file);
	return err ? err : sys_install(file);
}
SYSCALL(SYS_open, sys_open);

static int64_t
sys_close(const uint64_t arg[6])
{
	return fdtable_close(&proc_current()->files, arg[0]);
}
SYSCALL(SYS_close, sys_close);

/* One read of at most size bytes, through buf. */
static int64_t
sys_read_chunk(struct file *file, uint64_t udst, void *buf, size_t size)
{
	int64_t count = file_read(file, buf, size);

	if (count > 0 && copy_to_user(udst, buf, (size_t)count))
		return -EFAULT;
	return count;
}

static int64_t
sys_write_chunk(struct file *file, uint64_t usrc, void *buf, size_t size)
{
	if (copy_from_user(buf, usrc, size))
		return -EFAULT;
	return file_write(file, buf, size);
}

/*
 * Move n bytes between a file and user memory.  A file is moved to its end
 * or the full count; a device's or pipe's read ends with the first piece,
 * since the next might wait.  A write goes on until all is written.
 */
static int64_t
sys_move(const uint64_t arg[6],
	int64_t (*move)(struct file *, uint64_t, void *, size_t), bool once)
{
	struct file *file = sys_get_file(arg[0]);
	uint64_t n = arg[2] < SYS_IO_MAX ? arg[2] : SYS_IO_MAX, done = 0;
	size_t size = n <= SYS_IO_SMALL ? SYS_IO_SMALL : PAGE_SIZE;
	uint8_t small[SYS_IO_SMALL], *buf = small;
	int64_t count;

	if (!file)
		return -EBADF;
	/* before anything is taken out of a pipe; pages are checked later */
	if (arg[1] > USER_END - n)
		return -EFAULT;
	if (size > sizeof(small))
		buf = kmalloc(size);
	if (!buf)
		return -ENOMEM;
	do {
		size_t chunk = n - done < size ? n - done : size;

		count = move(file, arg[1] + done, buf, chunk);
		if (count > 0)
			done += (uint64_t)count;
		if (once && file->vnode->type != FT_FILE)
			break;
	} while (count > 0 && done < n && !thread_current()->killed);
	if (buf != small)
		kfree(buf);
	return done > 0 ? (int64_t)done : count;
}

static int64_t
sys_read(const uint64_t arg[6])
{
	return sys_move(arg, sys_read_chunk, true);
}
SYSCALL(SYS_read, sys_read);

static int64_t
sys_write(const uint64_t arg[6])
{
	int64_t count = sys_move(arg, sys_write_chunk, false);

	if (count == -EPIPE)
		proc_kill(proc_current()->pid, SIGPIPE);
	return count;
}
SYSCALL(SYS_write, sys_write);

static int64_t
sys_lseek(const uint64_t arg[6])
{
	struct file *file = sys_get_file(arg[0]);

	if (!file)
		return -EBADF;
	if (arg[2] > SEEK_END)
		return -EINVAL;
	return file_seek(file, (int64_t)arg[1], (int)arg[2]);
}
SYSCALL(SYS_lseek, sys_lseek);

static int64_t
sys_fstat(const uint64_t arg[6])
{
	struct file *file = sys_get_file(arg[0]);
	struct stat st;

	if (!file)
		return -EBADF;
	vnode_stat(file->vnode, &st);
	return copy_to_user(arg[1], &st, sizeof(st));
}
SYSCALL(SYS_fstat, sys_fstat);

static int64_t
sys_readdir(const uint64_t arg[6])
{
	struct file *file = sys_get_file(arg[0]);
	struct dirent ent;
	uint64_t n = 0;
	int found = 0;

	if (!file)
		return -EBADF;
	if (!file->vnode->ops->dir)
		return -ENOTDIR;
	while (n < arg[2] && (found = file_readdir(file, &ent)) > 0) {
		if (copy_to_user(arg[1] + n * sizeof(ent), &ent, sizeof(ent)))
			return -EFAULT;
		n++;
	}
	return n > 0 ? (int64_t)n : found;
}
SYSCALL(SYS_readdir, sys_readdir);

static int64_t
sys_pipe(const uint64_t arg[6])
{
	struct fdtable *files = &proc_current()->files;
	struct file *reader, *writer;
	int32_t fd[2];
	int err = pipe_create(&reader, &writer);

	if (err)
		return err;
	fd[0] = (int32_t)sys_install(reader);
	fd[1] = (int32_t)sys_install(writer);
	if (fd[0] < 0 || fd[1] < 0)
		err = -EMFILE;
	else
		err = copy_to_user(arg[0], fd, sizeof(fd));
	for (int i = 0; err && i < 2; i++)
		if (fd[i] >= 0)
			fdtable_close(files, (uint64_t)fd[i]);
	return err;
}
SYSCALL(SYS_pipe, sys_pipe);

static int64_t
sys_dup(const uint64_t arg[6])
{
	struct file *file = sys_get_file(arg[0]);

	return file ? sys_install(file_get(file)) : -EBADF;
}
SYSCALL(SYS_dup, sys_dup);

static int64_t
sys_dup2(const uint64_t arg[6])
{
	return fdtable_dup2(&proc_current()->files, arg[0], arg[1]);
}
SYSCALL(SYS_dup2, sys_dup2);

static int64_t
sys_ftruncate(const uint64_t arg[6])
{
	struct file *file = sys_get_file(arg[0]);

	if (!file || (file->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (file->vnode->type != FT_FILE || !file->vnode->ops->truncate)
		return -EINVAL;
	return file->vnode->ops->truncate(file->vnode, arg[1]);
}
SYSCALL(SYS_ftruncate, sys_ftruncate);

static int64_t
sys_ioctl(const uint64_t arg[6])
{
	struct file *file = sys_get_file(arg[0]);

	if (!file)
		return -EBADF;
	if (!file->vnode->ops->ioctl || arg[1] > INT32_MAX)
		return -ENOTTY;
	return file->vnode->ops->ioctl(file, (enum ioctl_nr)arg[1], arg[2]);
}
SYSCALL(SYS_ioctl, sys_ioctl);
