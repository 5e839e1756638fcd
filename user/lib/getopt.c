/* SPDX-License-Identifier: MIT */
/*
 * POSIX getopt.  Options end at the first operand, at "-" or after "--"; a bad
 * one is said on standard error and returned as '?'.
 */
#include "user/lib/libc.h"

char *optarg;
int optind = 1;

static const char *rest; /* letters left in the argument that is read */

/*
 * The next option's letter, -1 after the last.  options holds the letters, a
 * colon after each that takes an argument.
 */
int
getopt(int argc, char *const argv[], const char *options)
{
	const char *known;
	char c;

	if (rest == NULL || *rest == 0) {
		if (optind >= argc || argv[optind][0] != '-' ||
			argv[optind][1] == 0)
			return -1;
		rest = argv[optind++] + 1;
		if (strcmp(rest, "-") == 0) {
			rest = NULL;
			return -1;
		}
	}
	c = *rest++;
	known = c == ':' ? NULL : strchr(options, c);
	if (known == NULL) {
		warnx("no option -%c", c);
		return '?';
	}
	if (known[1] == ':') {
		optarg = *rest != 0 ? (char *)(size_t)rest : argv[optind++];
		rest = NULL;
		if (optind > argc) {
			warnx("option -%c needs an argument", c);
			return '?';
		}
	}
	return c;
}
