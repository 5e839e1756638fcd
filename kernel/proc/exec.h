/* SPDX-License-Identifier: MIT */
/* Running a program: what exec() gathers before it replaces anything. */
#ifndef KERNEL_PROC_EXEC_H
#define KERNEL_PROC_EXEC_H

#include "kernel/abi/syscall.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The strings of argv and envp, one after the other with their NULs, in a
 * buffer of ARG_MAX bytes.
 */
struct exec_args {
	char *strings;
	size_t size; /* bytes used */
	size_t argc, envc;
};

/* An empty set: 0 or -ENOMEM; and the end of one. */
int exec_args_init(struct exec_args *args);
void exec_args_free(struct exec_args *args);

/* Add one string to argv or, once all of argv is there, to envp: -E2BIG. */
int exec_args_add(struct exec_args *args, size_t *count, const char *text);

struct aspace;
struct trapframe;

/*
 * Load the program at `path` into a new address space with its arguments on
 * the stack, and fill tf with the state that it starts in.  0 or -errno;
 * -ENOEXEC for a bad file, with a line in the kernel log that says why.
 */
int exec_load(const char *path, const struct exec_args *args,
	struct aspace **out, struct trapframe *tf);

#endif
