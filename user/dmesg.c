/* SPDX-License-Identifier: MIT */
/* dmesg: the last of what the kernel has printed. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	static char log[65536];
	long n = klog(log, sizeof(log));

	(void)argv;
	if (argc > 1)
		errx(2, "usage: dmesg");
	if (n < 0)
		err(1, "klog");
	stdout_write(log, (size_t)n);
	return 0;
}
