/* SPDX-License-Identifier: MIT */
/*
 * head [-n lines | -lines] [file...]: the first lines, 10 unless told.  (-5 is
 * what POSIX had before -n, and what hands still type.)
 */
#include "user/lib/libc.h"

static int
head_print(int fd, const char *name, uint64_t lines)
{
	struct reader r;
	char *line;
	long n = 0;

	reader_init(&r, fd);
	while (lines-- > 0 && (n = reader_line(&r, &line)) > 0)
		if (stdout_write(line, (size_t)n) < 0)
			break;
	if (n < 0)
		warn("%s", name);
	reader_fini(&r);
	return n < 0;
}

int
main(int argc, char **argv)
{
	uint64_t lines = 10, old;
	int status = 0, option;

	if (argc > 1 && argv[1][0] == '-' &&
		parse_number(argv[1] + 1, &old) == 0) {
		lines = old;
		optind = 2;
	}
	while ((option = getopt(argc, argv, "n:")) != -1)
		if (option != 'n' || parse_number(optarg, &lines) < 0)
			errx(2, "usage: head [-n lines | -lines] [file...]");
	if (optind == argc)
		return head_print(0, "standard input", lines);
	for (int i = optind; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY);

		if (fd < 0) {
			warn("%s", argv[i]);
			status = 1;
			continue;
		}
		if (argc - optind > 1)
			printf("==> %s <==\n", argv[i]);
		status |= head_print(fd, argv[i], lines);
		close(fd);
	}
	return status;
}
