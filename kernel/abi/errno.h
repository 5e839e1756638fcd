/* SPDX-License-Identifier: MIT */
/*
 * Error numbers, as Linux numbers them.  Kernel functions return 0 (or a
 * count) or the negated number.  Each define is guarded, so that the host's
 * unit tests can include <errno.h> too.
 */
#ifndef KERNEL_ABI_ERRNO_H
#define KERNEL_ABI_ERRNO_H

#ifndef EPERM
#define EPERM	     1	 /* operation not permitted */
#define ENOENT	     2	 /* no such file or directory */
#define ESRCH	     3	 /* no such process, thread or VM */
#define EINTR	     4	 /* interrupted: the caller is being killed */
#define EIO	     5	 /* the device failed */
#define ENXIO	     6	 /* no such device */
#define E2BIG	     7	 /* argument list too long */
#define ENOEXEC	     8	 /* not a loadable program */
#define EBADF	     9	 /* not an open file, or not open for this */
#define ECHILD	     10	 /* no child to wait for */
#define EAGAIN	     11	 /* out of a bounded resource; may work later */
#define ENOMEM	     12	 /* no memory left */
#define EACCES	     13	 /* permission denied */
#define EFAULT	     14	 /* bad address */
#define EBUSY	     16	 /* in use */
#define EEXIST	     17	 /* exists already */
#define ENODEV	     19	 /* the CPU or machine does not have it */
#define ENOTDIR	     20	 /* a path component is no directory */
#define EISDIR	     21	 /* is a directory */
#define EINVAL	     22	 /* invalid argument */
#define ENFILE	     23	 /* too many open files in the system */
#define EMFILE	     24	 /* too many open files in this process */
#define ENOTTY	     25	 /* not a terminal */
#define EFBIG	     27	 /* file too large */
#define ENOSPC	     28	 /* no space left */
#define ESPIPE	     29	 /* cannot seek on this */
#define EROFS	     30	 /* read-only */
#define EMLINK	     31	 /* too many links */
#define EPIPE	     32	 /* nobody reads this pipe any more */
#define ERANGE	     34	 /* result out of range */
#define ENAMETOOLONG 36	 /* name or path too long */
#define ENOSYS	     38	 /* no such system call */
#define ENOTEMPTY    39	 /* directory not empty */
#define ENODATA	     61	 /* the data ends too early */
#define EOVERFLOW    75	 /* a value is too large for its field */
#define ETIMEDOUT    110 /* the time is over */
#endif

#endif
