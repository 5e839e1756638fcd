/* SPDX-License-Identifier: MIT */
/* Reading by lines, of any length and with any byte in them. */
#include "user/lib/libc.h"

void
reader_init(struct reader *r, int fd)
{
	r->fd = fd;
	r->start = r->end = 0;
	r->line = NULL;
	r->line_size = 0;
}

void
reader_fini(struct reader *r)
{
	free(r->line);
	r->line = NULL;
}

static int
reader_fill(struct reader *r)
{
	long n = read(r->fd, r->buffer, sizeof(r->buffer));

	r->start = 0;
	r->end = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -1 : n > 0;
}

static void
reader_append(struct reader *r, size_t used, size_t n)
{
	if (used + n + 1 > r->line_size) {
		r->line_size = 2 * (used + n) + 64;
		r->line = xrealloc(r->line, r->line_size);
	}
	memcpy(r->line + used, r->buffer + r->start, n);
	r->line[used + n] = 0;
	r->start += n;
}

/*
 * The next line, its newline included unless the input ended without one, and
 * a NUL after it.  *line stays valid until the next call.  Returns its length,
 * 0 at the end of the input, -1 with errno on an error.
 */
long
reader_line(struct reader *r, char **line)
{
	size_t used = 0;

	for (;;) {
		char *newline;
		size_t n;
		int more = 1;

		if (r->start == r->end)
			more = reader_fill(r);
		if (more < 0)
			return -1;
		if (more == 0)
			break;
		newline = memchr(r->buffer + r->start, '\n', r->end - r->start);
		n = newline == NULL
			? r->end - r->start
			: (size_t)(newline + 1 - (r->buffer + r->start));
		reader_append(r, used, n);
		used += n;
		if (newline != NULL)
			break;
	}
	*line = r->line;
	return (long)used;
}
