/* SPDX-License-Identifier: MIT */
/*
 * time command [arg...]: runs it and says how long it took, in time and in
 * ticks of the CPU's time stamp counter, which counts instructions where the
 * machine is run that way.
 */
#include "user/lib/libc.h"

static uint64_t
ticks_read(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

int
main(int argc, char **argv)
{
	uint64_t ticks, start;
	int pid, status;

	if (argc < 2)
		errx(2, "usage: time command [arg...]");
	start = uptime();
	ticks = ticks_read();
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		err(errno == ENOENT ? 127 : 126, "%s", argv[1]);
	}
	if (waitpid(pid, &status, 0) < 0)
		err(2, "wait");
	ticks = ticks_read() - ticks;
	start = uptime() - start;
	dprintf(2, "%lu.%06lu s, %lu ticks\n", start / 1000000000,
		start / 1000 % 1000000, ticks);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}
