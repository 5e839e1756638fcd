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
}

/* A page-table entry cleared, and INVLPG, a page: what faults made. */
static char *unmap_next;

static void
unmap_prepare(long pages)
{
	unmap_next = mmap(NULL, (size_t)pages * 4096, PROT_READ | PROT_WRITE);
	if (unmap_next == MAP_FAILED)
		err(1, "mmap");
	for (long i = 0; i < pages; i++)
		((volatile char *)unmap_next)[i * 4096] = 1;
}

static void
work_unmap(long pages)
{
	for (; pages > 0; pages--, unmap_next += 4096)
		munmap(unmap_next, 4096);
}

/* Two processes hand the CPU to each other: CR3 changes, to a known one. */
static int switch_child;

static void
switch_prepare(long times)
{
	(void)times;
	switch_child = fork();
	if (switch_child < 0)
		err(1, "fork");
	while (switch_child == 0)
		sched_yield();
}

static void
work_switch(long times)
{
	for (; times > 0; times -= 2)
		sched_yield();
	kill(switch_child, SIGKILL);
	waitpid(switch_child, NULL, 0);
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
	void (*prepare)(long units); /* not measured */
} rows[] = {
	{ "compute", work_compute, 50000000, NULL },
	{ "syscall", work_syscall, 10000, NULL },
	{ "fault", work_fault, 512, NULL },
	{ "unmap", work_unmap, 512, unmap_prepare },
	{ "switch", work_switch, 2000, switch_prepare },
	{ "fork", work_fork, 20, NULL },
	{ "cpuid", work_cpuid, 1000, NULL },
	{ "nothing", work_nothing, 1, NULL },
};

static uint64_t
row_run(const struct row *row, long units)
{
	uint64_t start;

	if (row->prepare)
		row->prepare(units);
	start = rdtsc();
	row->work(units);
	return rdtsc() - start;
}

/*
 * Once unmeasured, in a process that ends: the RAM that the work takes, which a
 * VM gets from its host when it is first touched, is free again then, and the
 * first that the kernel hands out.
 */
static void
row_warm_up(const struct row *row)
{
	int pid = fork(), status;

	if (pid == 0) {
		row_run(row, row->units);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		errx(1, "%s: the first run failed", row->name);
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
			row_warm_up(&rows[i]);
			cycles = row_run(&rows[i], rows[i].units);
			printf("bench %s %lu %ld\n", rows[i].name, cycles,
				rows[i].units);
			return 0;
		}
	errx(2, "no row '%s'", argv[1]);
}
