/* SPDX-License-Identifier: MIT */
/*
 * Processes: an address space, open files and a place in the family tree,
 * with one user thread.
 */
#ifndef KERNEL_PROC_PROC_H
#define KERNEL_PROC_PROC_H

#include "kernel/abi/syscall.h"
#include "kernel/fs/fdtable.h"
#include "kernel/lib/list.h"
#include "kernel/proc/waitq.h"

#include <stdbool.h>
#include <stdint.h>

struct aspace;
struct thread;
struct trapframe;
struct vnode;

struct proc {
	int pid;
	char name[32];	       /* last component of what it executes */
	struct thread *thread; /* NULL once it ended; guarded by proc_lock */
	struct aspace *aspace; /* owned; changed under proc_lock */
	struct fdtable files;  /* owned; only its own thread touches it */
	struct vnode *cwd;     /* NULL: the root; counted, its thread's alone */

	/* guarded by proc_lock */
	struct proc *parent;
	struct list children, sibling, all;
	int pgid;
	int status; /* W_EXITCODE, once it is a zombie */
	bool zombie;
	struct waitq child_exit;

	int signal; /* why it is being killed, or 0; set once */
};

/* Guards the family tree; taken before the scheduler's lock. */
extern struct spinlock proc_lock;

/* The process of the calling thread; NULL in a kernel thread. */
struct proc *proc_current(void);

/* The process with a number, or NULL; proc_lock is held. */
struct proc *proc_find(int pid);

/*
 * End the calling process; status is W_EXITCODE(code, signal).  Interrupts are
 * on: files are closed, which may sleep.
 */
void proc_exit(int status) __attribute__((noreturn));

/*
 * Collect an ended child: pid, or any for -1.  Returns its pid and its
 * status; 0 if WNOHANG is in flags and none has ended; -ECHILD, -EINTR.
 */
int proc_wait(int pid, int *status, int flags);

/*
 * Send a signal to a process (pid > 0) or to all of a group (pid < 0: group
 * -pid): each ends at its next return to user mode or interruptible sleep.
 * Signal 0 only asks whether there is one.  Not with proc_lock held.
 * Returns 0, -ESRCH, -EINVAL for a bad signal, or -EPERM for process 1.
 */
int proc_kill(int pid, int signal);

/* Fill in at most max entries; returns how many. */
size_t proc_list(struct procinfo *info, size_t max);

/* How many processes there are, zombies included. */
int proc_count(void);

/*
 * Run /bin/init as process 1, with the boot description's commands; panics
 * when it cannot.
 */
void proc_start_init(void);

/* The steps of making and freeing a process; for sys_proc.c. */
struct proc *proc_alloc(const char *name);
int proc_add(struct proc *proc, struct proc *parent); /* pid or -EAGAIN */
void proc_free(struct proc *proc);

/*
 * Give the process another address space, or none; returns the one that it
 * had.  Whoever looks at another's address space holds proc_lock.
 */
struct aspace *proc_set_aspace(struct proc *proc, struct aspace *as);

/* The reaper is about to free its thread; and has freed it: a zombie now. */
void proc_thread_going(struct proc *proc);
void proc_thread_gone(struct proc *proc);

#endif
