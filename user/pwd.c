/* SPDX-License-Identifier: MIT */
/* pwd: the working directory. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	char path[PATH_MAX];

	(void)argv;
	if (argc > 1)
		errx(2, "usage: pwd");
	if (getcwd(path, sizeof(path)) == NULL)
		err(1, "pwd");
	puts(path);
	return 0;
}
