/* SPDX-License-Identifier: MIT */
/* The buffer of standard output; stdio.h says when it is flushed. */
#include "user/lib/libc.h"
#include <stdbool.h>

static struct {
	char bytes[4096];
	size_t used;
	enum {
		UNKNOWN,
		TERMINAL,
		OTHER
	} kind;	     /* of descriptor 1 */
	bool failed; /* since the last flush */
} out;

/* Writes all n bytes, in as many calls as it takes: 0, or -1 with errno. */
int
write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		long done = write(fd, p, n);

		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Writes out what the buffer holds: 0, or -1 if any of it got lost. */
int
stdout_flush(void)
{
	bool failed = out.failed;

	if (out.used > 0 && write_all(1, out.bytes, out.used) < 0)
		failed = true;
	out.used = 0;
	out.failed = false;
	return failed ? -1 : 0;
}

/* Flushes, and forgets what descriptor 1 was: for those who change it. */
int
stdout_reset(void)
{
	out.kind = UNKNOWN;
	return stdout_flush();
}

/* Appends n bytes to standard output: 0, or -1 if bytes got lost. */
int
stdout_write(const char *bytes, size_t n)
{
	bool line = false;

	if (out.kind == UNKNOWN)
		out.kind = isatty(1) ? TERMINAL : OTHER;
	if (out.kind == TERMINAL)
		line = memchr(bytes, '\n', n) != NULL;
	while (n > 0) {
		size_t part = sizeof(out.bytes) - out.used;

		if (part > n)
			part = n;
		memcpy(out.bytes + out.used, bytes, part);
		out.used += part;
		bytes += part;
		n -= part;
		if (out.used == sizeof(out.bytes) && stdout_flush() < 0)
			out.failed = true;
	}
	if (line && stdout_flush() < 0)
		out.failed = true;
	return out.failed ? -1 : 0;
}

int
puts(const char *line)
{
	return printf("%s\n", line) < 0 ? -1 : 0;
}

int
putchar(int c)
{
	char byte = (char)c;

	return stdout_write(&byte, 1) < 0 ? -1 : c;
}
