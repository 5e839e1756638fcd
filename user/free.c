/* SPDX-License-Identifier: MIT */
/* free: the machine's memory, in KiB. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	struct sysinfo s;

	(void)argv;
	if (argc > 1)
		errx(2, "usage: free");
	if (sysinfo(&s) < 0)
		err(1, "sysinfo");
	printf("%10s %10s %10s %10s\n", "total", "used", "free", "objects");
	printf("%10lu %10lu %10lu %10lu\n", s.mem_total >> 10,
		(s.mem_total - s.mem_free) >> 10, s.mem_free >> 10,
		s.mem_kernel >> 10);
	return 0;
}
