/* SPDX-License-Identifier: MIT */
/* ps: the processes and threads, with their memory and their timer ticks. */
#include "user/lib/libc.h"

#define LIST_MAX 1024

int
main(int argc, char **argv)
{
	static struct procinfo list[LIST_MAX];
	long n = proclist(list, LIST_MAX);

	(void)argv;
	if (argc > 1)
		errx(2, "usage: ps");
	if (n < 0)
		err(1, "ps");
	printf("%5s %5s %5s %1s %3s %8s %8s %s\n", "PID", "PPID", "PGID", "S",
		"CPU", "KIB", "TICKS", "NAME");
	for (long i = 0; i < n; i++)
		printf("%5d %5d %5d %c %3u %8lu %8lu %.32s\n", list[i].pid,
			list[i].ppid, list[i].pgid, list[i].state, list[i].cpu,
			list[i].pages * 4, list[i].ticks, list[i].name);
	return 0;
}
