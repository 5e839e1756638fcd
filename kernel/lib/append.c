/* SPDX-License-Identifier: MIT */
/* str_append(), apart from printf.c so that hosted builds can use it. */
#include "kernel/lib/printf.h"

void
str_append(char *buf, size_t size, size_t *pos, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (*pos >= size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(buf + *pos, size - *pos, fmt, ap);
	va_end(ap);
	if (n > 0)
		*pos += (size_t)n;
	if (*pos >= size)
		*pos = size ? size - 1 : 0;
}
