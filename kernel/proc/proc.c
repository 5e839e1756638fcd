/* SPDX-License-Identifier: MIT */
/*
 * The family of processes.
 *
 * Ending takes three steps.  proc_exit() runs in the process's own thread and
 * frees what a thread can free of itself; the reaper frees its stack and
 * makes the process a zombie; wait() collects the zombie.  So when wait()
 * returns, nothing of the child is left but what it shared.
 */
#include "kernel/proc/proc.h"

#include "kernel/abi/errno.h"
#include "kernel/cpu/power.h"
#include "kernel/fs/vnode.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/mem/aspace.h"
#include "kernel/mem/kheap.h"
#include "kernel/proc/thread.h"

#define PID_MAX	 32767
#define PROC_MAX 512 /* processes at once, zombies included */

struct spinlock proc_lock = SPINLOCK_INIT("proc");
static struct list all_procs = LIST_INIT(all_procs); /* by proc_lock */
static struct proc *init_proc;			     /* process 1 */
static int last_pid, proc_total;		     /* by proc_lock */

struct proc *
proc_current(void)
{
	struct thread *thread = thread_current();

	return thread ? thread->proc : NULL;
}

struct proc *
proc_find(int pid)
{
	struct list *it;

	kassert(spin_held(&proc_lock));
	list_for_each (it, &all_procs) {
		struct proc *proc = list_entry(it, struct proc, all);

		if (proc->pid == pid)
			return proc;
	}
	return NULL;
}

static int
pid_next(void)
{
	do {
		last_pid = last_pid == PID_MAX ? 2 : last_pid + 1;
	} while (proc_find(last_pid));
	return last_pid;
}

struct proc *
proc_alloc(const char *name)
{
	struct proc *proc = kzalloc(sizeof(*proc));

	if (!proc)
		return NULL;
	str_copy(proc->name, name, sizeof(proc->name));
	list_init(&proc->children);
	list_init(&proc->sibling);
	list_init(&proc->all);
	waitq_init(&proc->child_exit);
	fdtable_init(&proc->files);
	return proc;
}

int
proc_add(struct proc *proc, struct proc *parent)
{
	int pid = -EAGAIN;

	spin_lock(&proc_lock);
	if (proc_total < PROC_MAX) {
		proc_total++;
		proc->pid = pid = pid_next();
		proc->parent = parent;
		proc->pgid = parent ? parent->pgid : pid;
		if (parent)
			list_append(&parent->children, &proc->sibling);
		else
			init_proc = proc;
		list_append(&all_procs, &proc->all);
	}
	spin_unlock(&proc_lock);
	return pid;
}

void
proc_free(struct proc *proc)
{
	if (proc->aspace)
		aspace_destroy(proc->aspace);
	fdtable_close_all(&proc->files);
	vnode_put(proc->cwd);
	kfree(proc);
}

/* The children of one that ends become init's; zombies, too. */
static void
proc_orphan_children(struct proc *proc)
{
	struct list *link;

	while ((link = list_pop(&proc->children))) {
		struct proc *child = list_entry(link, struct proc, sibling);

		child->parent = init_proc;
		list_append(&init_proc->children, link);
	}
	waitq_wake(&init_proc->child_exit);
}

struct aspace *
proc_set_aspace(struct proc *proc, struct aspace *as)
{
	struct aspace *old;

	spin_lock(&proc_lock);
	old = proc->aspace;
	proc->aspace = as;
	spin_unlock(&proc_lock);
	return old;
}

void
proc_exit(int status)
{
	struct proc *proc = proc_current();
	struct aspace *old;

	if (proc == init_proc) {
		kwarn("init has ended, status %#x\n", status);
		power_off(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	}
	fdtable_close_all(&proc->files);
	vnode_put(proc->cwd);
	proc->cwd = NULL;
	/* off the tables first, and for good: a switch loads proc->aspace */
	old = proc_set_aspace(proc, NULL);
	aspace_activate(NULL);
	aspace_destroy(old);
	spin_lock(&proc_lock);
	proc->status = status;
	proc_orphan_children(proc);
	spin_unlock(&proc_lock);
	thread_exit();
}

void
proc_thread_going(struct proc *proc)
{
	spin_lock(&proc_lock);
	proc->thread = NULL;
	spin_unlock(&proc_lock);
}

void
proc_thread_gone(struct proc *proc)
{
	spin_lock(&proc_lock);
	proc->zombie = true;
	waitq_wake(&proc->parent->child_exit);
	spin_unlock(&proc_lock);
}

/* A zombie child that matches, or NULL; *any: is there a child at all? */
static struct proc *
wait_find(struct proc *self, int pid, bool *any)
{
	struct list *it;

	*any = false;
	list_for_each (it, &self->children) {
		struct proc *child = list_entry(it, struct proc, sibling);

		if (pid != -1 && child->pid != pid)
			continue;
		*any = true;
		if (child->zombie)
			return child;
	}
	return NULL;
}

int
proc_wait(int pid, int *status, int flags)
{
	struct proc *self = proc_current(), *child;
	bool any;
	int err = 0;

	spin_lock(&proc_lock);
	while (!(child = wait_find(self, pid, &any))) {
		if (!any)
			err = -ECHILD;
		else if (!(flags & WNOHANG))
			err = waitq_sleep(&self->child_exit, &proc_lock);
		if (err || !any || flags & WNOHANG)
			break;
	}
	if (child) {
		list_remove(&child->sibling);
		list_remove(&child->all);
		proc_total--;
		err = child->pid;
		*status = child->status;
	}
	spin_unlock(&proc_lock);
	if (child)
		proc_free(child);
	return err;
}

static void
proc_signal(struct proc *proc, int signal)
{
	if (proc->zombie || !proc->thread || proc->signal)
		return;
	proc->signal = signal;
	thread_kill(proc->thread);
}

int
proc_kill(int pid, int signal)
{
	struct list *it;
	int err = -ESRCH;

	if (signal < 0 || signal > SIG_MAX || pid == 0)
		return -EINVAL;
	if (pid == 1)
		return -EPERM;
	spin_lock(&proc_lock);
	list_for_each (it, &all_procs) {
		struct proc *proc = list_entry(it, struct proc, all);

		if (proc == init_proc ||
			(pid > 0 ? proc->pid != pid : proc->pgid != -pid))
			continue;
		err = 0;
		if (signal)
			proc_signal(proc, signal);
	}
	spin_unlock(&proc_lock);
	return err;
}

size_t
proc_list(struct procinfo *info, size_t max)
{
	struct list *it;
	size_t n = 0;

	spin_lock(&proc_lock);
	list_for_each (it, &all_procs) {
		struct proc *proc = list_entry(it, struct proc, all);
		struct thread *thread = proc->thread;

		if (n == max)
			break;
		info[n] = (struct procinfo){
			.pid = proc->pid,
			.ppid = proc->parent ? proc->parent->pid : 0,
			.pgid = proc->pgid,
			.state = 'Z',
			.pages = proc->aspace ? proc->aspace->pages : 0,
		};
		if (thread) {
			info[n].state =
				thread->state == THREAD_SLEEPING ? 'S' : 'R';
			info[n].cpu = (uint8_t)thread->cpu;
			info[n].ticks = thread->ticks;
		}
		str_copy(info[n].name, proc->name, sizeof(info[n].name));
		n++;
	}
	spin_unlock(&proc_lock);
	return n;
}

int
proc_count(void)
{
	return __atomic_load_n(&proc_total, __ATOMIC_RELAXED);
}
