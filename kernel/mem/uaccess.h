/* SPDX-License-Identifier: MIT */
/*
 * The kernel's only ways to user memory.  Every address is checked to lie in
 * the user half; a page that is not there is faulted in (copy-on-write,
 * demand-zero) or the call fails: no user pointer can hurt the kernel.  May
 * sleep; no spinlock may be held.
 */
#ifndef KERNEL_MEM_UACCESS_H
#define KERNEL_MEM_UACCESS_H

#include <stddef.h>
#include <stdint.h>

/* First address beyond user space: the end of the lower canonical half. */
#define USER_END 0x0000800000000000ul

/* Copy n bytes; 0 or -EFAULT (what was copied by then stays). */
int copy_from_user(void *dst, uint64_t usrc, size_t n);
int copy_to_user(uint64_t udst, const void *src, size_t n);

/*
 * Copy a string with its NUL.  Returns its length without the NUL, -EFAULT,
 * or -ENAMETOOLONG when size bytes hold no NUL.
 */
int64_t copy_string_from_user(char *dst, uint64_t usrc, size_t size);

#endif
