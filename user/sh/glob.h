/* SPDX-License-Identifier: MIT */
/*
 * Patterns of file names (XCU 2.13): * ? [a-z] [!a-z], and \c for the plain
 * character c.
 */
#ifndef USER_SH_GLOB_H
#define USER_SH_GLOB_H

#include "user/sh/expand.h"
#include <stdbool.h>
#include <stddef.h>

bool glob_is_pattern(const char *pattern);
bool glob_match(const char *pattern, const char *name);
void glob_unescape(char *pattern);

/* globdir.c */
size_t glob_files(const char *pattern, struct fields *to, struct arena *arena);

#endif
