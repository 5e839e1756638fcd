/* SPDX-License-Identifier: MIT */
/* false: does nothing, without success. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 1;
}
