/* SPDX-License-Identifier: MIT */
/* The text of error numbers, and the ways to complain. */
#include "kernel/abi/errno_text.h"
#include "user/lib/libc.h"

#define ERROR_TEXT(number, words) [number] = words,

static const char *const error_text[] = { [0] = "no error",
	ERRNO_TEXTS(ERROR_TEXT) };

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
