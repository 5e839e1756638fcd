/* SPDX-License-Identifier: MIT */
/* cat [file...]: files, one after the other; "-" or none: standard input. */
#include "user/lib/libc.h"

static int
cat_copy(int fd, const char *name)
{
	static char buffer[16384];
	long n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		if (write_all(1, buffer, (size_t)n) < 0)
			err(1, "standard output");
	if (n < 0)
		warn("%s", name);
	return n < 0;
}

int
main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		return cat_copy(0, "standard input");
	for (int i = 1; i < argc; i++) {
		int fd = 0;

		if (strcmp(argv[i], "-") != 0)
			fd = open(argv[i], O_RDONLY);
		if (fd < 0) {
			warn("%s", argv[i]);
			status = 1;
			continue;
		}
		status |= cat_copy(fd, argv[i]);
		if (fd != 0)
			close(fd);
	}
	return status;
}
