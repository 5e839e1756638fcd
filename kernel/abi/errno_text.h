/* SPDX-License-Identifier: MIT */
/*
 * The words for error numbers, once: for the kernel's messages
 * (kernel/lib/errno.c) and for those of programs (user/lib/error.c).
 */
#ifndef KERNEL_ABI_ERRNO_TEXT_H
#define KERNEL_ABI_ERRNO_TEXT_H

#include "kernel/abi/errno.h"

/* X(number, words) for each number of errno.h. */
#define ERRNO_TEXTS(X)                                                         \
	X(EPERM, "operation not permitted")                                    \
	X(ENOENT, "no such file or directory")                                 \
	X(ESRCH, "no such process")                                            \
	X(EINTR, "interrupted")                                                \
	X(EIO, "input/output error")                                           \
	X(ENXIO, "no such device or address")                                  \
	X(E2BIG, "argument list too long")                                     \
	X(ENOEXEC, "not a loadable program")                                   \
	X(EBADF, "bad file descriptor")                                        \
	X(ECHILD, "no child process")                                          \
	X(EAGAIN, "resource temporarily unavailable")                          \
	X(ENOMEM, "out of memory")                                             \
	X(EACCES, "permission denied")                                         \
	X(EFAULT, "bad address")                                               \
	X(EBUSY, "in use")                                                     \
	X(EEXIST, "file exists")                                               \
	X(ENODEV, "no such device")                                            \
	X(ENOTDIR, "not a directory")                                          \
	X(EISDIR, "is a directory")                                            \
	X(EINVAL, "invalid argument")                                          \
	X(ENFILE, "too many open files in the system")                         \
	X(EMFILE, "too many open files")                                       \
	X(ENOTTY, "not a terminal")                                            \
	X(EFBIG, "file too large")                                             \
	X(ENOSPC, "no space left")                                             \
	X(ESPIPE, "illegal seek")                                              \
	X(EROFS, "read-only file system")                                      \
	X(EMLINK, "too many links")                                            \
	X(EPIPE, "broken pipe")                                                \
	X(ERANGE, "result out of range")                                       \
	X(ENAMETOOLONG, "name too long")                                       \
	X(ENOSYS, "no such system call")                                       \
	X(ENOTEMPTY, "directory not empty")                                    \
	X(ENODATA, "no data")                                                  \
	X(EOVERFLOW, "value too large")                                        \
	X(ETIMEDOUT, "timed out")

#endif
