/* SPDX-License-Identifier: MIT */
/*
 * Memory, numbers, sorting, the environment, and the end of a program; each
 * function is the one of the C standard, or of POSIX, with this name, but
 * those of the last group.
 */
#ifndef USER_LIB_STDLIB_H
#define USER_LIB_STDLIB_H

#include <stddef.h>
#include <stdint.h>

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *old, size_t size);
void free(void *memory);

long strtol(const char *text, char **end, int base);
unsigned long strtoul(const char *text, char **end, int base);

void qsort(void *base, size_t n, size_t size,
	int (*compare)(const void *, const void *));

extern char **environ;
char *getenv(const char *name);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);

void exit(int status) __attribute__((noreturn));
void _exit(int status) __attribute__((noreturn));

/* As malloc and realloc, but end the program where no memory is left. */
void *xmalloc(size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *s);

/* The whole of text as an unsigned number: 0, or -1 if it is none. */
int parse_number(const char *text, uint64_t *value);

#endif
