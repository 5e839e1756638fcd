/* SPDX-License-Identifier: MIT */
/* Filling the tree from an archive at boot.  See initrd.c. */
#ifndef KERNEL_FS_INITRD_H
#define KERNEL_FS_INITRD_H

#include <stddef.h>

/*
 * Put all files of a ustar archive into the tree.  Their contents stay where
 * they are in the archive, which must live for ever.  On an error (0 or
 * -errno), a line on the console names it; what was read before stays.
 */
int initrd_unpack(const void *archive, size_t size);

#endif
