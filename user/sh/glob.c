/* SPDX-License-Identifier: MIT */
#include "user/sh/glob.h"
#include "user/lib/string.h"

/* Does the pattern hold anything but plain characters? */
bool
glob_is_pattern(const char *pattern)
{
	for (; *pattern != 0; pattern++) {
		if (*pattern == '\\' && pattern[1] != 0)
			pattern++;
		else if (*pattern == '*' || *pattern == '?' || *pattern == '[')
			return true;
	}
	return false;
}

/* Turns a pattern of plain characters into their text, in place. */
void
glob_unescape(char *pattern)
{
	char *to = pattern;

	for (; *pattern != 0; pattern++) {
		if (*pattern == '\\' && pattern[1] != 0)
			pattern++;
		*to++ = *pattern;
	}
	*to = 0;
}

/* The character at *p of a pattern, its escape removed; steps over it. */
static unsigned char
plain_next(const char **p)
{
	if (**p == '\\' && (*p)[1] != 0)
		(*p)++;
	return (unsigned char)*(*p)++;
}

/*
 * Matches c with the [ ] at *p and steps over that.  A [ without its ] is a
 * plain character.
 */
static bool
set_match(const char **p, unsigned char c)
{
	const char *s = *p + 1, *first;
	bool invert = *s == '!' || *s == '^', found = false;

	if (invert)
		s++;
	first = s;
	while (*s != 0 && (*s != ']' || s == first)) {
		unsigned char low = plain_next(&s), high = low;

		if (s[0] == '-' && s[1] != 0 && s[1] != ']') {
			s++;
			high = plain_next(&s);
		}
		if (c >= low && c <= high)
			found = true;
	}
	if (*s == 0) {
		(*p)++;
		return c == '[';
	}
	*p = s + 1;
	return found != invert;
}

/* Matches one character with the pattern's next item, and steps over that. */
static bool
item_match(const char **p, unsigned char c)
{
	if (**p == '?') {
		(*p)++;
		return true;
	}
	if (**p == '[')
		return set_match(p, c);
	return plain_next(p) == c;
}

/*
 * Does the whole name match?  Only the last * seen needs to be gone back to,
 * so this takes at most length times length steps.
 */
bool
glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *star_name = NULL;

	for (;;) {
		const char *p = pattern;

		if (*pattern == '*') {
			star = ++pattern;
			star_name = name;
		} else if (*name != 0 && *pattern != 0 &&
			item_match(&p, (unsigned char)*name)) {
			pattern = p;
			name++;
		} else if (*name == 0 && *pattern == 0) {
			return true;
		} else if (star != NULL && *star_name != 0) {
			pattern = star;
			name = ++star_name;
		} else {
			return false;
		}
	}
}
