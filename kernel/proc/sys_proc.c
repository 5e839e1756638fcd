/* SPDX-License-Identifier: MIT */
/* The system calls that make, replace, end and name processes. */
#include "kernel/abi/errno.h"
#include "kernel/boot/boot.h"
#include "kernel/cpu/percpu.h"
#include "kernel/cpu/trap.h"
#include "kernel/fs/vnode.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/uaccess.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/proc.h"
#include "kernel/proc/syscall.h"
#include "kernel/proc/thread.h"

/* The frame with which the calling thread entered the kernel. */
static struct trapframe *
user_frame(struct thread *thread)
{
	return (struct trapframe *)((char *)thread->stack + THREAD_STACK_SIZE) -
		1;
}

/* Where every user thread begins: its frame lies on top of its stack. */
static void
user_start(void *arg)
{
	(void)arg;
	irq_disable();
	cpu_this()->irq_depth = 0;
	trap_return(user_frame(thread_current()));
}

/* A process with a thread that starts at the frame, added to the family. */
static int
proc_launch(struct proc *proc, struct proc *parent, const struct trapframe *tf)
{
	int pid;

	proc->thread = thread_alloc(proc->name, user_start, NULL);
	if (!proc->thread)
		return -ENOMEM;
	proc->thread->proc = proc;
	thread_place_frame(proc->thread, tf);
	pid = proc_add(proc, parent);
	if (pid < 0) {
		thread_free(proc->thread);
		proc->thread = NULL;
		return pid;
	}
	thread_start(proc->thread);
	return pid;
}

/*
 * fork(): a child with a copy of the caller's name, address space, open files
 * and working directory (shared, so counted; NULL as long as it is the root),
 * that returns from this call too, with 0, in the caller's frame.  Its FPU is
 * as in a new thread.  proc_launch() makes the thread.  Returns the child's
 * pid; -ENOMEM, -EAGAIN (too many processes): nothing is left of it.
 */
static int64_t
sys_fork(const uint64_t arg[6])
{
	struct proc *self = proc_current();
	struct proc *child = proc_alloc(self->name);
	struct trapframe tf = *user_frame(self->thread);
	int pid = -ENOMEM;

	(void)arg;
	if (!child)
		return -ENOMEM;
	tf.rax = 0;
	child->aspace = aspace_fork(self->aspace);
	if (child->aspace) {
		fdtable_clone(&child->files, &self->files);
		child->cwd = self->cwd ? vnode_get(self->cwd) : NULL;
		pid = proc_launch(child, self, &tf);
	}
	if (pid < 0)
		proc_free(child);
	return pid;
}

/* Copy a NULL-terminated array of user strings. */
static int
args_copy(struct exec_args *args, size_t *count, uint64_t array)
{
	uint64_t pointer;

	if (!array)
		return 0;
	for (;; array += sizeof(pointer)) {
		int64_t n;

		if (copy_from_user(&pointer, array, sizeof(pointer)))
			return -EFAULT;
		if (!pointer)
			return 0;
		if (*count == ARGC_MAX)
			return -E2BIG;
		n = copy_string_from_user(args->strings + args->size, pointer,
			ARG_MAX - args->size);
		if (n < 0)
			return n == -ENAMETOOLONG ? -E2BIG : (int)n;
		args->size += (size_t)n + 1;
		(*count)++;
	}
}

/* The point of no return: the new program takes the process over. */
static void
exec_commit(const char *path, struct aspace *as, const struct trapframe *tf)
{
	struct proc *proc = proc_current();
	const char *slash = strrchr(path, '/');
	struct aspace *old = proc_set_aspace(proc, as);

	spin_lock(&proc_lock);
	str_copy(proc->name, slash ? slash + 1 : path, sizeof(proc->name));
	spin_unlock(&proc_lock);
	str_copy(proc->thread->name, proc->name, sizeof(proc->thread->name));
	aspace_activate(as);
	aspace_destroy(old);
	thread_reset_fpu(proc->thread);
	*user_frame(proc->thread) = *tf;
}

static int64_t
sys_exec(const uint64_t arg[6])
{
	struct exec_args args;
	struct trapframe tf;
	struct aspace *as;
	char *path = kmalloc(PATH_MAX);
	int64_t err = path ? exec_args_init(&args) : -ENOMEM;

	if (err) {
		kfree(path);
		return err;
	}
	err = copy_string_from_user(path, arg[0], PATH_MAX);
	if (err >= 0)
		err = args_copy(&args, &args.argc, arg[1]);
	if (err == 0)
		err = args_copy(&args, &args.envc, arg[2]);
	if (err == 0)
		err = exec_load(path, &args, &as, &tf);
	if (err == 0)
		exec_commit(path, as, &tf);
	exec_args_free(&args);
	kfree(path);
	return err;
}

void
proc_start_init(void)
{
	const struct bootinfo *boot = boot_info();
	struct proc *proc = proc_alloc("init");
	struct exec_args args;
	struct trapframe tf;
	int err = proc ? exec_args_init(&args) : -ENOMEM;

	if (err == 0)
		err = exec_args_add(&args, &args.argc, "init");
	if (err == 0 && boot->commands)
		err = exec_args_add(&args, &args.argc, "-c");
	if (err == 0 && boot->commands)
		err = exec_args_add(&args, &args.argc, boot->commands);
	if (err == 0)
		err = exec_load("/bin/init", &args, &proc->aspace, &tf);
	if (err == 0)
		err = proc_launch(proc, NULL, &tf);
	if (err < 0)
		panic("cannot run /bin/init from the initrd: %s",
			errno_text(err));
	exec_args_free(&args);
}

static int64_t
sys_exit(const uint64_t arg[6])
{
	proc_exit(W_EXITCODE((int)arg[0], 0));
}

static int64_t
sys_wait(const uint64_t arg[6])
{
	int status = 0;
	int pid = proc_wait((int)arg[0], &status, (int)arg[2]);

	if (pid > 0 && arg[1] && copy_to_user(arg[1], &status, sizeof(status)))
		return -EFAULT;
	return pid;
}

static int64_t
sys_kill(const uint64_t arg[6])
{
	return proc_kill((int)arg[0], (int)arg[1]);
}

static int64_t
sys_getpid(const uint64_t arg[6])
{
	(void)arg;
	return proc_current()->pid;
}

static int64_t
sys_getppid(const uint64_t arg[6])
{
	struct proc *parent;
	int pid;

	(void)arg;
	spin_lock(&proc_lock);
	parent = proc_current()->parent;
	pid = parent ? parent->pid : 0;
	spin_unlock(&proc_lock);
	return pid;
}

/* Oneself or a child; into its own group or one that has a member. */
static int64_t
sys_setpgid(const uint64_t arg[6])
{
	struct proc *self = proc_current(), *proc;
	int pid = (int)arg[0], pgid = (int)arg[1];
	int err = -ESRCH;

	if (pid < 0 || pgid < 0)
		return -EINVAL;
	spin_lock(&proc_lock);
	proc = pid ? proc_find(pid) : self;
	if (proc && (proc == self || proc->parent == self)) {
		proc->pgid = pgid ? pgid : proc->pid;
		err = 0;
	}
	spin_unlock(&proc_lock);
	return err;
}

static int64_t
sys_getpgid(const uint64_t arg[6])
{
	struct proc *proc;
	int pgid = -ESRCH;

	spin_lock(&proc_lock);
	proc = arg[0] ? proc_find((int)arg[0]) : proc_current();
	if (proc)
		pgid = proc->pgid;
	spin_unlock(&proc_lock);
	return pgid;
}

SYSCALL(SYS_exit, sys_exit);
SYSCALL(SYS_fork, sys_fork);
SYSCALL(SYS_exec, sys_exec);
SYSCALL(SYS_wait, sys_wait);
SYSCALL(SYS_kill, sys_kill);
SYSCALL(SYS_getpid, sys_getpid);
SYSCALL(SYS_getppid, sys_getppid);
SYSCALL(SYS_setpgid, sys_setpgid);
SYSCALL(SYS_getpgid, sys_getpgid);
