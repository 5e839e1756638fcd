/* SPDX-License-Identifier: MIT */
/* Numbers from text, and sorting. */
#include "user/lib/libc.h"
#include <limits.h>
#include <stdbool.h>

static unsigned
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A') + 10;
	return UINT_MAX;
}

/* Digits of the base; too many give ULONG_MAX and *overflow. */
static unsigned long
parse_digits(const char **text, unsigned base, bool *overflow)
{
	unsigned long value = 0;

	for (; digit_value(**text) < base; (*text)++)
		if (__builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(
				value, digit_value(**text), &value))
			*overflow = true;
	return *overflow ? ULONG_MAX : value;
}

/* Spaces, sign, prefix, digits; *end is text itself if there is no digit. */
static unsigned long
parse_integer(
	const char *text, char **end, int base, bool *negative, bool *overflow)
{
	const char *s = text + strspn(text, " \t\n\r\f\v"), *digits;
	unsigned long value;

	*negative = *s == '-';
	*overflow = false;
	if (*s == '-' || *s == '+')
		s++;
	if ((base == 0 || base == 16) && s[0] == '0' &&
		(s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16) {
		s += 2;
		base = 16;
	} else if (base == 0) {
		base = *s == '0' ? 8 : 10;
	}
	digits = s;
	value = parse_digits(&s, (unsigned)base, overflow);
	if (end != NULL)
		*end = (char *)(size_t)(s == digits ? text : s);
	return value;
}

unsigned long
strtoul(const char *text, char **end, int base)
{
	bool negative, overflow;
	unsigned long value;

	value = parse_integer(text, end, base, &negative, &overflow);
	if (overflow) {
		errno = ERANGE;
		return ULONG_MAX;
	}
	return negative ? -value : value;
}

long
strtol(const char *text, char **end, int base)
{
	bool negative, overflow;
	unsigned long value, limit;

	value = parse_integer(text, end, base, &negative, &overflow);
	limit = (unsigned long)LONG_MAX + negative;
	if (overflow || value > limit) {
		errno = ERANGE;
		value = limit;
	}
	return negative ? (long)-value : (long)value;
}

int
parse_number(const char *text, uint64_t *value)
{
	bool negative, overflow;
	char *end;

	*value = parse_integer(text, &end, 0, &negative, &overflow);
	return end == text || *end != 0 || negative || overflow ? -1 : 0;
}

static void
swap(char *a, char *b, size_t n)
{
	while (n-- > 0) {
		char c = *a;

		*a++ = *b;
		*b++ = c;
	}
}

/* Moves element i of a heap of n down to where it belongs. */
static void
heap_sift(char *base, size_t i, size_t n, size_t size,
	int (*compare)(const void *, const void *))
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= n)
			return;
		if (child + 1 < n &&
			compare(base + child * size,
				base + (child + 1) * size) < 0)
			child++;
		if (compare(base + i * size, base + child * size) >= 0)
			return;
		swap(base + i * size, base + child * size, size);
		i = child;
	}
}

/* Heapsort: no recursion, no bad case, no memory. */
void
qsort(void *base, size_t n, size_t size,
	int (*compare)(const void *, const void *))
{
	char *b = base;

	for (size_t i = n / 2; i-- > 0;)
		heap_sift(b, i, n, size, compare);
	for (; n > 1; n--) {
		swap(b, b + (n - 1) * size, size);
		heap_sift(b, 0, n - 1, size, compare);
	}
}
