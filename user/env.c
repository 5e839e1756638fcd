/* SPDX-License-Identifier: MIT */
/* env: the environment that programs inherit. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		errx(2, "usage: env");
	for (char **e = environ; *e != NULL; e++)
		puts(*e);
	return 0;
}
