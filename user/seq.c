/* SPDX-License-Identifier: MIT */
/* seq [first [step]] last: counts, a number a line. */
#include "user/lib/libc.h"

static long
number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != 0)
		errx(2, "%s: not a number", text);
	return value;
}

int
main(int argc, char **argv)
{
	long first = 1, step = 1, last;

	if (argc < 2 || argc > 4)
		errx(2, "usage: seq [first [step]] last");
	if (argc > 2)
		first = number(argv[1]);
	if (argc > 3)
		step = number(argv[2]);
	last = number(argv[argc - 1]);
	if (step == 0)
		errx(2, "the step must not be 0");
	while (step > 0 ? first <= last : first >= last) {
		if (printf("%ld\n", first) < 0)
			err(1, "standard output");
		if (__builtin_add_overflow(first, step, &first))
			break;
	}
	return 0;
}
