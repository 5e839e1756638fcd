/* SPDX-License-Identifier: MIT */
/* String helpers that no C library has; contracts in string.h. */
#include "kernel/lib/string.h"

#include "kernel/abi/errno.h"

size_t
str_copy(char *dst, const char *src, size_t size)
{
	size_t length = strlen(src);

	if (size > 0) {
		size_t n = length < size ? length : size - 1;

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return length;
}

static int
digit_value(char c, unsigned base)
{
	unsigned value;

	if (c >= '0' && c <= '9')
		value = (unsigned)(c - '0');
	else if (c >= 'a' && c <= 'f')
		value = (unsigned)(c - 'a') + 10;
	else if (c >= 'A' && c <= 'F')
		value = (unsigned)(c - 'A') + 10;
	else
		return -EINVAL;
	return value < base ? (int)value : -EINVAL;
}

int
str_to_u64(const char *s, uint64_t *value)
{
	unsigned base = 10;
	uint64_t sum = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		int digit = digit_value(*s, base);

		if (digit < 0)
			return digit;
		if (__builtin_mul_overflow(sum, base, &sum) ||
			__builtin_add_overflow(sum, (unsigned)digit, &sum))
			return -ERANGE;
	}
	*value = sum;
	return 0;
}
