/* SPDX-License-Identifier: MIT */
/* Hexadecimal numbers, for guests of 32 and of 64 bits. */
#ifndef GRADING_GUEST_HEX_H
#define GRADING_GUEST_HEX_H

#include <stdint.h>

#define HEX_DIGITS 16 /* the most that a number has */

/* Write the digits of a number, as few as will do; returns what is behind. */
static inline char *
hex_put(char *at, uint64_t value)
{
	int shift = 0;

	while (shift < 60 && value >> shift >> 4)
		shift += 4;
	for (; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[value >> shift & 15];
	return at;
}

#endif
