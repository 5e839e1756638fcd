/* SPDX-License-Identifier: MIT */
/* uptime: how long the machine runs, and what it has been doing. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	struct sysinfo s;

	(void)argv;
	if (argc > 1)
		errx(2, "usage: uptime");
	if (sysinfo(&s) < 0)
		err(1, "sysinfo");
	printf("up %lu.%03lu s, %u CPU%s, %u processes, %lu switches\n",
		s.uptime / 1000000000, s.uptime / 1000000 % 1000, s.cpus,
		s.cpus == 1 ? "" : "s", s.procs, s.switches);
	return 0;
}
