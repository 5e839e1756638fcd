/* SPDX-License-Identifier: MIT */
/* sleep seconds: waits; the seconds may have a fraction, as in 0.25. */
#include "user/lib/libc.h"

#define SECOND 1000000000ull

/* "12.5" in nanoseconds; 0 and *ns, or -1. */
static int
parse_seconds(const char *text, uint64_t *ns)
{
	uint64_t unit = SECOND;
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	if (__builtin_mul_overflow(strtoul(text, &end, 10), SECOND, ns))
		return -1;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9'; end++) {
			unit /= 10;
			*ns += unit * (uint64_t)(*end - '0');
		}
	return *end == 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	uint64_t ns;

	if (argc != 2 || parse_seconds(argv[1], &ns) < 0)
		errx(2, "usage: sleep seconds");
	if (nanosleep_for(ns) < 0)
		err(1, "sleep");
	return 0;
}
