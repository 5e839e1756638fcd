/* SPDX-License-Identifier: MIT */
/*
 * The few string functions that the kernel uses.  In hosted builds (the
 * host's unit tests) the C library provides them.
 */
#ifndef KERNEL_LIB_STRING_H
#define KERNEL_LIB_STRING_H

#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);
#endif

/*
 * Copy src to dst, at most size bytes with the NUL; dst is always terminated
 * when size > 0.  Returns strlen(src): a value >= size means it was cut.
 */
size_t str_copy(char *dst, const char *src, size_t size);

/*
 * Parse an unsigned decimal or 0x-hexadecimal number that is all of s.
 * Returns 0, -EINVAL for anything else, -ERANGE when it needs over 64 bits.
 */
int str_to_u64(const char *s, uint64_t *value);

#endif
