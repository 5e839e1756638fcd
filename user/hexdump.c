/* SPDX-License-Identifier: MIT */
/* hexdump [-n bytes] [file]: bytes as numbers and as text, 16 a line. */
#include "user/lib/libc.h"

static void
line_print(uint64_t at, const unsigned char *bytes, size_t n)
{
	printf("%08lx ", at);
	for (size_t i = 0; i < 16; i++) {
		if (i < n)
			printf("%s%02x", i == 8 ? "  " : " ", bytes[i]);
		else
			printf("%s  ", i == 8 ? "  " : " ");
	}
	printf("  |");
	for (size_t i = 0; i < n; i++)
		putchar(bytes[i] >= ' ' && bytes[i] < 127 ? bytes[i] : '.');
	printf("|\n");
}

/* Fills a whole line, from however many reads; the count, or -1. */
static long
line_read(int fd, unsigned char *bytes, size_t n)
{
	size_t used = 0;
	long got = 1;

	while (used < n && (got = read(fd, bytes + used, n - used)) > 0)
		used += (size_t)got;
	return got < 0 ? -1 : (long)used;
}

int
main(int argc, char **argv)
{
	uint64_t limit = UINT64_MAX, at = 0;
	const char *name = "standard input";
	unsigned char bytes[16];
	int fd = 0, option;
	long n = 0;

	while ((option = getopt(argc, argv, "n:")) != -1)
		if (option != 'n' || parse_number(optarg, &limit) < 0)
			errx(2, "usage: hexdump [-n bytes] [file]");
	if (optind < argc) {
		name = argv[optind];
		fd = open(name, O_RDONLY);
		if (fd < 0)
			err(1, "%s", name);
	}
	while (limit > 0) {
		n = line_read(fd, bytes, limit < 16 ? limit : 16);
		if (n <= 0)
			break;
		line_print(at, bytes, (size_t)n);
		at += (uint64_t)n;
		limit -= (uint64_t)n;
	}
	if (n < 0)
		err(1, "%s", name);
	printf("%08lx\n", at);
	return 0;
}
