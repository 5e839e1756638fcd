/* SPDX-License-Identifier: MIT */
/* System calls on paths. */
#include "kernel/fs/vfs.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/syscall.h"

static int64_t
sys_stat(const uint64_t arg[6])
{
	char path[PATH_MAX];
	struct vnode *vnode;
	struct stat st;
	int64_t err = copy_string_from_user(path, arg[0], sizeof(path));

	if (err < 0)
		return err;
	err = vfs_lookup(proc_current()->cwd, path, &vnode);
	if (err)
		return err;
	vnode_stat(vnode, &st);
	vnode_put(vnode);
	return copy_to_user(arg[1], &st, sizeof(st));
}
SYSCALL(SYS_stat, sys_stat);

static int64_t
sys_chdir(const uint64_t arg[6])
{
	struct proc *proc = proc_current();
	char path[PATH_MAX];
	struct vnode *vnode;
	int64_t err = copy_string_from_user(path, arg[0], sizeof(path));

	if (err < 0)
		return err;
	err = vfs_lookup(proc->cwd, path, &vnode);
	if (err)
		return err;
	if (!vnode->ops->dir) {
		vnode_put(vnode);
		return -ENOTDIR;
	}
	vnode_put(proc->cwd);
	proc->cwd = vnode;
	return 0;
}
SYSCALL(SYS_chdir, sys_chdir);

static int64_t
sys_getcwd(const uint64_t arg[6])
{
	struct vnode *cwd = proc_current()->cwd;
	char path[PATH_MAX];
	int64_t len = vfs_path(cwd ? cwd : vfs_root(), path, sizeof(path));
	int err;

	if (len < 0)
		return len;
	if (arg[1] < (uint64_t)len + 1)
		return -ERANGE;
	err = copy_to_user(arg[0], path, (size_t)len + 1);
	return err ? err : len;
}
SYSCALL(SYS_getcwd, sys_getcwd);

static int64_t
sys_mkdir(const uint64_t arg[6])
{
	char path[PATH_MAX];
	int64_t err = copy_string_from_user(path, arg[0], sizeof(path));

	if (err < 0)
		return err;
	return vfs_create(proc_current()->cwd, path, FT_DIR);
}
SYSCALL(SYS_mkdir, sys_mkdir);

static int64_t
sys_unlink(const uint64_t arg[6])
{
	char path[PATH_MAX];
	int64_t err = copy_string_from_user(path, arg[0], sizeof(path));

	return err < 0 ? err : vfs_unlink(proc_current()->cwd, path);
}
SYSCALL(SYS_unlink, sys_unlink);

static int64_t
sys_rename(const uint64_t arg[6])
{
	char from[PATH_MAX], to[PATH_MAX];
	int64_t err = copy_string_from_user(from, arg[0], sizeof(from));

	if (err >= 0)
		err = copy_string_from_user(to, arg[1], sizeof(to));
	return err < 0 ? err : vfs_rename(proc_current()->cwd, from, to);
}
SYSCALL(SYS_rename, sys_rename);
