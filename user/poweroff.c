/* SPDX-License-Identifier: MIT */
/* poweroff [status]: ends the machine with this status, 0 to 127. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	uint64_t status = 0;

	if (argc > 2 ||
		(argc == 2 &&
			(parse_number(argv[1], &status) < 0 || status > 127)))
		errx(2, "usage: poweroff [status of 0 to 127]");
	poweroff((int)status);
	err(1, "poweroff");
}
