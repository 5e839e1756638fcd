/* SPDX-License-Identifier: MIT */
/*
 * bench ROW: what one kind of work costs, in TSC cycles.  Run with ICOUNT=1 a
 * cycle is an instruction, and the figures are exact.  One line:
 *
 *	bench ROW CYCLES UNITS
 *
 * where CYCLES were spent on UNITS pieces of work.  tools/bench compares the
 * rows of the bare machine with those inside a VM.
 */
#include "user/lib/libc.h"

static uint64_t
rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* Two instructions a round, in registers alone. */
static void
work_compute(long rounds)
{
	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(rounds));
}

static void
work_syscall(long calls)
{
	while (calls-- > 0)
		getpid();
}

/* One fault a page: memory that nobody has touched yet. */
static void
work_fault(long pages)
{
	char *memory = mmap(NULL, (size_t)pages * 4096, PROT_READ | PROT_WRITE);

	if (memory == MAP_FAILED)
		err(1, "mmap");
	for (long i = 0; i < pages; i++)
		((volatile char *)memory)[i * 4096] = 1;
	munmap(memory, (size_t)pages * 4096);
}

static void
work_fork(long times)
{
	static char *const argv[] = { "true", NULL };
	int pid, status;

	while (times-- > 0) {
		pid = fork();
		if (pid == 0) {
			execve("/bin/true", argv, NULL);
			exit(127);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
			errx(1, "fork, exec or wait failed");
	}
}

static void
work_cpuid(long times)
{
	uint32_t a, b, c, d;

	while (times-- > 0)
		__asm__ volatile("cpuid"
				 : "=a"(a), "=b"(b), "=c"(c), "=d"(d)
				 : "a"(0), "c"(0));
}

/* From the kernel's first line to this program's, clocks not measured. */
static uint64_t
boot_cycles(void)
{
	uint64_t now = rdtsc();
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		err(1, "sysinfo");
	return now - info.tsc_boot - info.tsc_wait;
}

static void
work_nothing(long times)
{
	(void)times;
}

static const struct row {
	const char *name;
	void (*work)(long units);
	long units;
} rows[] = {
	{ "compute", work_compute, 50000000 },
	{ "syscall", work_syscall, 10000 },
	{ "fault", work_fault, 512 },
	{ "fork", work_fork, 20 },
	{ "cpuid", work_cpuid, 1000 },
	{ "nothing", work_nothing, 1 },
};

static uint64_t
row_run(const struct row *row, long units)
{
	uint64_t start = rdtsc();

	row->work(units);
	return rdtsc() - start;
}

int
main(int argc, char **argv)
{
	uint64_t cycles = boot_cycles();

	if (argc != 2)
		errx(2, "usage: bench ROW (boot, or one in user/bench.c)");
	if (strcmp(argv[1], "boot") == 0) {
		printf("bench boot %lu 1\n", cycles);
		return 0;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(argv[1], rows[i].name) == 0) {
			/* once unmeasured: code, stack, and in a VM the RAM */
			row_run(&rows[i], rows[i].units);
			cycles = row_run(&rows[i], rows[i].units);
			printf("bench %s %lu %ld\n", rows[i].name, cycles,
				rows[i].units);
			return 0;
		}
	errx(2, "no row '%s'", argv[1]);
}
