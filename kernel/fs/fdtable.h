/* SPDX-License-Identifier: MIT */
/*
 * File descriptors: small numbers that stand for a process's open files.
 * Only the process's own thread uses its table, so there is no lock.
 */
#ifndef KERNEL_FS_FDTABLE_H
#define KERNEL_FS_FDTABLE_H

#include "kernel/abi/syscall.h"

#include <stdint.h>

struct file;

struct fdtable {
	struct file *files[OPEN_MAX]; /* counted; NULL: free */
};

/* An empty table. */
void fdtable_init(struct fdtable *table);

/* Make dst, which is empty, share all open files of src: for fork. */
void fdtable_clone(struct fdtable *dst, const struct fdtable *src);

/* Close everything. */
void fdtable_close_all(struct fdtable *table);

/*
 * Put file at the lowest free descriptor; the table takes over the caller's
 * reference.  Returns the descriptor; -EMFILE, and the caller keeps it.
 */
int fdtable_install(struct fdtable *table, struct file *file);

/*
 * The file of a descriptor, or NULL when it is not open.  Not counted: it
 * lasts until the descriptor is closed.
 */
struct file *fdtable_get(const struct fdtable *table, uint64_t fd);

/* Close one descriptor: 0 or -EBADF. */
int fdtable_close(struct fdtable *table, uint64_t fd);

/*
 * Make newfd stand for fd's file, closing what it was.  Returns newfd or
 * -EBADF when fd is not open or newfd is no possible descriptor.
 */
int fdtable_dup2(struct fdtable *table, uint64_t fd, uint64_t newfd);

#endif
