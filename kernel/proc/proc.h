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
	char name[32]; /* last component of what it executes */
	struct thread *thread; /* NULL for a zombie */
	struct aspace *aspace; /* owned */
	struct fdtable files; /* owned; only its own thread touches it */
	struct vnode *cwd; /* counted; only its own thread touches it */

	/* guarded by proc_lock */
	struct proc *parent;
	struct list children, sibling, all;
	int pgid;
	int status; /* W_EXITCODE, once it is a zombie */
	bool zombie;
	struct waitq child_exit;

	int signal; /* why it is being killed, or 0; set once */
};

/* The process of the calling thread; NULL in a kernel thread. */
struct proc *proc_current(void);

/* End the calling process; status is W_EXITCODE(code, signal). */
void proc_exit(int status) __attribute__((noreturn));

/*
 * Send a signal to a process (pid > 0) or to all of a group (pid < 0: group
 * -pid): each ends at its next return to user mode or interruptible sleep.
 * Any context but interrupt handlers that hold proc_lock.  Returns 0,
 * -ESRCH, -EINVAL for a bad signal, or -EPERM for process 1.
 */
int proc_kill(int pid, int signal);

#endif
