/* SPDX-License-Identifier: MIT */
/* Pipes.  See pipe.c. */
#ifndef KERNEL_FS_PIPE_H
#define KERNEL_FS_PIPE_H

#include "kernel/fs/file.h"

/* A write of up to so many bytes never mixes with another's. */
#define PIPE_BUF 4096

/* A new pipe's two ends, with one reference each.  0 or -ENOMEM. */
int pipe_create(struct file **reader, struct file **writer);

#endif
