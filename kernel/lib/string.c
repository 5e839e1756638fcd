/* SPDX-License-Identifier: MIT */
/* The string functions that a freestanding compiler expects; string.h. */
#include "kernel/lib/string.h"

/*
 * REP MOVSB and REP STOSB are fast on every CPU of the last ten years
 * (ERMS), and short to read.  The direction flag is clear in all C code.
 */
void *
memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *to = dst;
	size_t words = n / 8;

	n %= 8;
	__asm__ volatile("rep movsq"
			 : "+D"(to), "+S"(src), "+c"(words)
			 :
			 : "memory");
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(src), "+c"(n)
			 :
			 : "memory");
	return dst;
}

void *
memmove(void *dst, const void *src, size_t n)
{
	char *to = dst;
	const char *from = src;

	if (to <= from || to >= from + n)
		return memcpy(dst, src, n);
	while (n-- > 0)
		to[n] = from[n];
	return dst;
}

void *
memset(void *dst, int c, size_t n)
{
	void *to = dst;
	uint64_t pattern = 0x0101010101010101ull * (uint8_t)c;
	size_t words = n / 8;

	n %= 8;
	__asm__ volatile("rep stosq"
			 : "+D"(to), "+c"(words)
			 : "a"(pattern)
			 : "memory");
	__asm__ volatile("rep stosb"
			 : "+D"(to), "+c"(n)
			 : "a"(pattern)
			 : "memory");
	return dst;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t
strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t
strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int
strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (uint8_t)*a - (uint8_t)*b;
}

int
strncmp(const char *a, const char *b, size_t n)
{
	while (n > 0 && *a && *a == *b)
		a++, b++, n--;
	return n == 0 ? 0 : (uint8_t)*a - (uint8_t)*b;
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *
strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

char *
strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (; strncmp(s, what, n) != 0; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}
