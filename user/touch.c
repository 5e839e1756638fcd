/* SPDX-License-Identifier: MIT */
/* touch file...: makes files that do not exist; there are no times to set. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		errx(2, "usage: touch file...");
	for (int i = 1; i < argc; i++) {
		int fd = open(argv[i], O_WRONLY | O_CREAT);

		if (fd < 0) {
			warn("%s", argv[i]);
			status = 1;
		} else {
			close(fd);
		}
	}
	return status;
}
