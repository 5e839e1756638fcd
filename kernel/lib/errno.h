/* SPDX-License-Identifier: MIT */
/* Errors in words, for messages. */
#ifndef KERNEL_LIB_ERRNO_H
#define KERNEL_LIB_ERRNO_H

/*
 * The words for err, which is a negated number of kernel/abi/errno.h; for any
 * other value "unknown error".
 */
const char *errno_text(int err);

#endif
