/* SPDX-License-Identifier: MIT */
/*
 * System calls register themselves: a file that implements some adds one
 * record for each, and the dispatcher finds it by number.
 */
#ifndef KERNEL_PROC_SYSCALL_H
#define KERNEL_PROC_SYSCALL_H

#include "kernel/abi/syscall.h"
#include "kernel/lib/linkset.h"

#include <stdint.h>

/*
 * arg[0..5] are the caller's RDI, RSI, RDX, R10, R8, R9, unchecked.  Returns
 * the value for RAX.  Runs in the caller's thread with interrupts on.
 */
struct syscall {
	int nr;
	int64_t (*fn)(const uint64_t arg[6]);
};

#define SYSCALL(nr_, fn_)                                                      \
	LINKSET(struct syscall, syscalls, syscall_##fn_)                       \
	= { .nr = (nr_), .fn = (fn_) }

struct trapframe;

/* Gather the linker set into a table; once. */
void syscall_init(void);

/* Run the call that tf->rax names; the result goes there. */
void syscall_dispatch(struct trapframe *tf);

#endif
