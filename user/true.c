/* SPDX-License-Identifier: MIT */
/* true: does nothing, successfully. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}
