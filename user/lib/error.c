/* SPDX-License-Identifier: MIT */
/* The text of error numbers, and the ways to complain. */
#include "user/lib/libc.h"

static const char *const error_text[] = {
	[0] = "no error",
	[EPERM] = "operation not permitted",
	[ENOENT] = "no such file or directory",
	[ESRCH] = "no such process",
	[EINTR] = "interrupted",
	[EIO] = "input/output error",
	[ENXIO] = "no such device or address",
	[E2BIG] = "argument list too long",
	[ENOEXEC] = "not a loadable program",
	[EBADF] = "bad file descriptor",
	[ECHILD] = "no child process",
	[EAGAIN] = "resource temporarily unavailable",
	[ENOMEM] = "out of memory",
	[EACCES] = "permission denied",
	[EFAULT] = "bad address",
	[EBUSY] = "in use",
	[EEXIST] = "file exists",
	[ENODEV] = "no such device",
	[ENOTDIR] = "not a directory",
	[EISDIR] = "is a directory",
	[EINVAL] = "invalid argument",
	[ENFILE] = "too many open files in the system",
	[EMFILE] = "too many open files",
	[ENOTTY] = "not a terminal",
	[EFBIG] = "file too large",
	[ENOSPC] = "no space left",
	[ESPIPE] = "illegal seek",
	[EROFS] = "read-only file system",
	[EMLINK] = "too many links",
	[EPIPE] = "broken pipe",
	[ERANGE] = "result out of range",
	[ENAMETOOLONG] = "name too long",
	[ENOSYS] = "no such system call",
	[ENOTEMPTY] = "directory not empty",
	[ENODATA] = "no data",
	[EOVERFLOW] = "value too large",
	[ETIMEDOUT] = "timed out",
};

char *
strerror(int error)
{
	static char unknown[32];

	if (error >= 0 &&
		error < (int)(sizeof(error_text) / sizeof(error_text[0])) &&
		error_text[error] != NULL)
		return (char *)(size_t)error_text[error];
	snprintf(unknown, sizeof(unknown), "error %d", error);
	return unknown;
}

/* One write call, so that lines of several processes do not mix. */
static void
complain(const char *reason, const char *format, va_list args)
{
	char line[512];

	stdout_flush();
	vsnprintf(line, sizeof(line), format, args);
	if (reason != NULL)
		dprintf(2, "%s: %s: %s\n", program_name, line, reason);
	else
		dprintf(2, "%s: %s\n", program_name, line);
}

void
warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(strerror(errno), format, args);
	va_end(args);
}

void
warnx(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(NULL, format, args);
	va_end(args);
}

void
err(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(strerror(errno), format, args);
	va_end(args);
	exit(status);
}

void
errx(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(NULL, format, args);
	va_end(args);
	exit(status);
}

void
perror(const char *what)
{
	warn("%s", what);
}
