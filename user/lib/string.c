/* SPDX-License-Identifier: MIT */
/*
 * Memory and strings.  The three that compilers call on their own are string
 * instructions: a loop in C would be recognised as what it is, and compiled
 * to a call of itself.
 */
#include "user/lib/string.h"
#include "user/lib/stdlib.h"

void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
	void *d = to;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n)::"memory");
	return to;
}

void *
memmove(void *to, const void *from, size_t n)
{
	unsigned char *d = (unsigned char *)to + n - 1;
	const unsigned char *s = (const unsigned char *)from + n - 1;

	if ((size_t)to - (size_t)from >= n)
		return memcpy(to, from, n);
	__asm__ volatile("std; rep movsb; cld"
			 : "+D"(d), "+S"(s), "+c"(n)::"memory");
	return to;
}

void *
memset(void *to, int byte, size_t n)
{
	void *d = to;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(byte) : "memory");
	return to;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n > 0; p++, q++, n--)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *
memchr(const void *in, int byte, size_t n)
{
	const unsigned char *p = in;

	for (; n > 0; p++, n--)
		if (*p == (unsigned char)byte)
			return (void *)(size_t)p;
	return NULL;
}

size_t
strnlen(const char *s, size_t max)
{
	const char *end = memchr(s, 0, max);

	return end == NULL ? max : (size_t)(end - s);
}

size_t
strlen(const char *s)
{
	return strnlen(s, (size_t)-1);
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0 && *a == *b && *a != 0; n--)
		a++, b++;
	return n == 0 ? 0 : (unsigned char)*a - (unsigned char)*b;
}

int
strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}

char *
strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)(size_t)s;
		if (*s == 0)
			return NULL;
	}
}

char *
strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (*s == 0)
			return (char *)(size_t)last;
	}
}

char *
strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (;; s++) {
		if (strncmp(s, what, n) == 0)
			return (char *)(size_t)s;
		if (*s == 0)
			return NULL;
	}
}

size_t
strspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != 0 && strchr(set, s[n]) != NULL)
		n++;
	return n;
}

size_t
strcspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != 0 && strchr(set, s[n]) == NULL)
		n++;
	return n;
}

char *
strndup(const char *s, size_t max)
{
	size_t n = strnlen(s, max);
	char *copy = malloc(n + 1);

	if (copy != NULL) {
		memcpy(copy, s, n);
		copy[n] = 0;
	}
	return copy;
}

char *
strdup(const char *s)
{
	return strndup(s, (size_t)-2);
}
