/* SPDX-License-Identifier: MIT */
/*
 * Text of strangers, made harmless: names of folders, what a program printed.
 * A terminal obeys escape sequences, a right-to-left override turns a line
 * round, and not all bytes are UTF-8.  Pure.
 */
#include "grading/auto/util.h"

#include <string.h>

/* The length of the UTF-8 character at s, and what it is; 0: it is none.
 * (Unicode 15, table 3-7: no overlong form, no surrogate.) */
static size_t
utf8_char(const unsigned char *s, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *s < 0x80 ? 1
		: *s < 0xc0  ? 0
		: *s < 0xe0  ? 2
		: *s < 0xf0  ? 3
		: *s < 0xf5  ? 4
			     : 0;

	*c = n < 2 ? *s : *s & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	if (n > 1 &&
		(*c < least[n] || *c > 0x10ffff ||
			(*c >= 0xd800 && *c < 0xe000)))
		return 0;
	return n;
}

/* Does it show as one sign, in the order of the text? */
static bool
is_plain(uint32_t c)
{
	return c >= ' ' && !(c >= 0x7f && c < 0xa0) && c != 0xad &&
		!(c >= 0x200b && c < 0x2010) && !(c >= 0x2028 && c < 0x202f) &&
		!(c >= 0x2060 && c < 0x2070) && c != 0x61c && c != 0xfeff &&
		!(c >= 0xfff0 && c < 0xfffc) && (c & 0xfffe) != 0xfffe &&
		!(c >= 0xe0000 && c < 0xe1000);
}

char *
text_clean(const char *s, bool name)
{
	const unsigned char *at = (const unsigned char *)s;
	struct text t = { 0 };

	text_add(&t, "", 0);
	while (*at) {
		uint32_t c;
		size_t n = utf8_char(at, &c);

		if (n && is_plain(c) && !(name && c == '\\'))
			text_add(&t, (const char *)at, n);
		else if (!name && c == '\n')
			text_add(&t, "\n", 1);
		else if (!name && c == '\t')
			text_add(&t, " ", 1);
		else if (!name && c == '\r' && at[1] == '\n')
			n = 1;
		else
			for (size_t i = 0; i < (n ? n : 1); i++)
				text_addf(&t, "\\x%02x", at[i]);
		at += n ? n : 1;
	}
	return t.s;
}
