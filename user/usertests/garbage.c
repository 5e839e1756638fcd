/* SPDX-License-Identifier: MIT */
/* Calls that make no sense. */
#include "user/usertests/usertests.h"

static void
garbage_numbers(void)
{
	static const uint64_t numbers[] = { 0, 19, 39, 43, SYS_NR_MAX - 1,
		SYS_NR_MAX, SYS_NR_MAX + 1, 1000, INT32_MAX, UINT32_MAX,
		(uint64_t)1 << 32 | SYS_getpid, (uint64_t)1 << 63,
		(uint64_t)1 << 63 | SYS_getpid, INT64_MAX, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		long result = sys3((long)numbers[i], -1, -1, -1);

		if (result != -ENOSYS)
			fail("call %lx returns %ld", numbers[i], result);
	}
}
USERTEST(garbage_numbers);

/* Calls left out: those that end the test, others, or the machine; those that
 * may rightly take for ever; and those that set up the terminal. */
static bool
is_excluded(long nr)
{
	static const long excluded[] = { SYS_exit, SYS_fork, SYS_exec, SYS_wait,
		SYS_kill, SYS_sleep, SYS_poweroff, SYS_selftest, SYS_read,
		SYS_write, SYS_ioctl, SYS_poll, SYS_setpgid };

	for (size_t i = 0; i < ARRAY_SIZE(excluded); i++)
		if (nr == excluded[i])
			return true;
	return false;
}

static uint64_t
argument(uint64_t *state, char *page)
{
	static const uint64_t interesting[] = { 0, 1, 2, 3, 4, 5, 31, 32, 64,
		4095, 4096, 4097, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
		0x7fffffffe000, 0x7fffffffffff, 0x800000000000,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffff80000000,
		0xfffffffffffff000, UINT64_MAX };
	uint64_t r = random_next(state);

	if (r % 4 == 0)
		return (uint64_t)page + (r >> 8) % PAGE;
	if (r % 16 == 1)
		return random_next(state);
	return interesting[(r >> 8) % ARRAY_SIZE(interesting)];
}

static uint64_t seed;

/* Leaves its own address space to chance too: it may well be killed. */
static void
random_calls(void)
{
	char *page = edge_page();
	uint64_t state = seed;

	for (int i = 0; i < 300; i++) {
		long nr = (long)(random_next(&state) % SYS_NR_MAX);
		uint64_t a[6];

		for (int k = 0; k < 6; k++)
			a[k] = argument(&state, page);
		if (is_excluded(nr) || nr == SYS_munmap || nr == SYS_brk)
			continue;
		/* A path may be slashes alone, whatever was written there. */
		memset(page, '/', PAGE);
		syscall_raw(nr, (long)a[0], (long)a[1], (long)a[2], (long)a[3],
			(long)a[4], (long)a[5]);
	}
}

static void
garbage_arguments(void)
{
	for (seed = 1; seed <= 40; seed++) {
		int status = child_status(random_calls);

		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			fail("seed %lu: exit status %d", seed,
				WEXITSTATUS(status));
	}
}
USERTEST(garbage_arguments);

/* The same with memory, for which there must be no survivor's guarantee. */
static void
random_memory_calls(void)
{
	static const long calls[] = { SYS_mmap, SYS_munmap, SYS_brk };
	char *page = edge_page();
	uint64_t state = seed;

	for (int i = 0; i < 200; i++) {
		uint64_t a = argument(&state, page), b = argument(&state, page);

		sys3(calls[random_next(&state) % 3], a & ~(uint64_t)0xfff, b,
			random_next(&state) % 8);
	}
}

static void
garbage_memory_arguments(void)
{
	for (seed = 1; seed <= 40; seed++)
		child_status(random_memory_calls);
}
USERTEST(garbage_memory_arguments);

/* Code addresses and the like as descriptors, times and counts. */
static void
garbage_waits(void)
{
	struct pollfd p = { .fd = -1 };

	check(sys3(SYS_wait, INT64_MIN, 0, 0) < 0);
	check(sys3(SYS_wait, -1, 0, -1) < 0);
	check_is(sys3(SYS_poll, &p, 1, 0), 0);
	check_is(sys3(SYS_poll, &p, 1, 1), 0);
	check(sys2(SYS_proclist, 0, 0) <= 0);
	check(sys3(SYS_selftest, -1, 0, 0) < 0);
	check(sys3(SYS_selftest, INT64_MAX, 0, 0) < 0);
	check(sys2(SYS_klog, 0, 0) <= 0);
}
USERTEST(garbage_waits);
