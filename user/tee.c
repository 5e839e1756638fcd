/* SPDX-License-Identifier: MIT */
/* tee [-a] [file...]: standard input to standard output and to files. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	int out[OPEN_MAX] = { 1 }, n = 1, status = 0, option;
	int flags = O_WRONLY | O_CREAT | O_TRUNC;
	static char buffer[8192];
	long got;

	while ((option = getopt(argc, argv, "a")) != -1) {
		if (option != 'a')
			errx(2, "usage: tee [-a] [file...]");
		flags = O_WRONLY | O_CREAT | O_APPEND;
	}
	for (int i = optind; i < argc && n < OPEN_MAX; i++) {
		out[n] = open(argv[i], flags);
		if (out[n] >= 0) {
			n++;
			continue;
		}
		warn("%s", argv[i]);
		status = 1;
	}
	while ((got = read(0, buffer, sizeof(buffer))) > 0)
		for (int i = 0; i < n; i++)
			if (write_all(out[i], buffer, (size_t)got) < 0) {
				warn("output %d", i);
				status = 1;
			}
	if (got < 0)
		err(1, "standard input");
	return status;
}
