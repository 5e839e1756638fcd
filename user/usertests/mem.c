/* SPDX-License-Identifier: MIT */
/* mmap, munmap, brk and the stack: limits, rights, and who shares what. */
#include "user/usertests/usertests.h"

#define RW (PROT_READ | PROT_WRITE)

static volatile char *volatile target; /* what the children below touch */
static volatile char sink;

static void
touch_read(void)
{
	sink = *target;
}

static void
touch_write(void)
{
	*target = 1;
}

static void
touch_execute(void)
{
	((void (*)(void))target)();
}

static void
check_forbidden(void (*touch)(void), volatile void *at, const char *what)
{
	target = at;
	check_killed(touch, SIGSEGV, what);
}

static void
mem_map_zeroed(void)
{
	char *p = mmap(NULL, 10 * PAGE, RW);

	check(p != MAP_FAILED);
	check_is((size_t)p % PAGE, 0);
	for (size_t i = 0; i < 10 * PAGE; i += 8)
		check_is(*(long *)(p + i), 0);
	memset(p, 0xa5, 10 * PAGE);
	check_is(munmap(p, 10 * PAGE), 0);
	p = mmap(NULL, 10 * PAGE, RW);
	for (size_t i = 0; i < 10 * PAGE; i += 8)
		check_is(*(long *)(p + i), 0);
}
USERTEST(mem_map_zeroed);

static void
mem_map_rights(void)
{
	char *read_only = mmap(NULL, PAGE, PROT_READ);
	char *data = mmap(NULL, PAGE, RW);

	check(read_only != MAP_FAILED && data != MAP_FAILED);
	check_is(*read_only, 0);
	check_forbidden(touch_write, read_only, "writing a read-only page");
	*data = (char)0xc3; /* RET */
	check_forbidden(touch_execute, data, "executing data");
	check_forbidden(touch_execute, (char *)&data, "executing the stack");
	check_is(*read_only, 0);
}
USERTEST(mem_map_rights);

static void
mem_image_rights(void)
{
	static char bss[16];
	static const char constant[] = "constant";

	check_forbidden(
		touch_write, (char *)(size_t)mem_map_zeroed, "writing code");
	check_forbidden(
		touch_write, (char *)(size_t)constant, "writing a constant");
	check_forbidden(touch_execute, (char *)(size_t)constant,
		"executing a constant");
	bss[0] = (char)0xc3;
	check_forbidden(touch_execute, bss, "executing variables");
}
USERTEST(mem_image_rights);

static void
mem_forbidden_addresses(void)
{
	static const uint64_t addresses[] = { 0, 8, 0xfff, 0x10000,
		0x0000500000000000, 0x00007ffffffff000, 0x0000800000000000,
		0x8000000000000000, 0xffff800000000000, 0xffffffff80000000,
		0xffffffff80100000, 0xffffffffffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		char *at = (char *)addresses[i];

		check_forbidden(touch_read, at, "reading a forbidden address");
		check_forbidden(touch_write, at, "writing a forbidden address");
		check_forbidden(
			touch_execute, at, "jumping to a forbidden address");
	}
}
USERTEST(mem_forbidden_addresses);

static void
mem_unmapped(void)
{
	char *p = mmap(NULL, 3 * PAGE, RW);

	memset(p, 1, 3 * PAGE);
	check_is(munmap(p + PAGE, PAGE), 0);
	check_is(p[0], 1);
	check_is(p[2 * PAGE], 1);
	check_forbidden(touch_read, p + PAGE, "reading an unmapped page");
	check_is(munmap(p, 3 * PAGE), 0); /* with a hole in it */
	check_forbidden(touch_read, p, "reading an unmapped page");
	check_forbidden(touch_read, p + 2 * PAGE, "reading an unmapped page");
}
USERTEST(mem_unmapped);

static void
mem_map_bad_arguments(void)
{
	static const uint64_t lengths[] = { 0, UINT64_MAX, UINT64_MAX - 4094,
		(uint64_t)1 << 63, (uint64_t)1 << 47, (uint64_t)1 << 48 };
	static const uint64_t places[] = { 1, 0x10000001, 0x00007ffffffff000,
		0x0000800000000000, 0xffff800000000000, 0xffffffff80000000,
		0xfffffffffffff000 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		check(sys3(SYS_mmap, 0, lengths[i], RW) < 0);
		check(sys3(SYS_mmap, 0x10000000, lengths[i], RW) < 0);
		if (lengths[i] != 0)
			check(sys2(SYS_munmap, 0x400000, lengths[i]) < 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		check(sys3(SYS_mmap, places[i], PAGE, RW) < 0);
		check(sys2(SYS_munmap, places[i], PAGE) < 0);
	}
	check(sys3(SYS_mmap, 0x00007fffffffe000, 2 * PAGE, RW) < 0);
	check(sys3(SYS_mmap, 0, PAGE, 8) < 0);
	check(sys3(SYS_mmap, 0, PAGE, -1) < 0);
}
USERTEST(mem_map_bad_arguments);

static void
mem_map_fixed(void)
{
	/* (a compiler that knew the number would say that nothing is there) */
	volatile uint64_t place = 0x123450000000;
	char *p = (char *)place;

	check(mmap(p, 2 * PAGE, RW) == p);
	p[0] = p[2 * PAGE - 1] = 7;
	check(sys3(SYS_mmap, p + PAGE, PAGE, RW) < 0); /* taken */
	check(sys3(SYS_mmap, p - PAGE, 2 * PAGE, RW) < 0);
	check_is(p[0], 7);
	check(mmap(p - PAGE, PAGE, RW) == p - PAGE);
	check_is(munmap(p - PAGE, 3 * PAGE), 0);
}
USERTEST(mem_map_fixed);

/* Many small mappings, with gaps, are all different and all go away. */
static void
mem_map_many(void)
{
	static char *maps[300];

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		maps[i] = mmap(NULL, PAGE * (1 + i % 3), RW);
		check(maps[i] != MAP_FAILED);
		*(size_t *)maps[i] = i;
	}
	for (size_t i = 0; i < ARRAY_SIZE(maps); i += 2)
		check_is(munmap(maps[i], PAGE * (1 + i % 3)), 0);
	for (size_t i = 1; i < ARRAY_SIZE(maps); i += 2)
		check_is(*(size_t *)maps[i], i);
}
USERTEST(mem_map_many);

static void
mem_heap(void)
{
	char *start = brk_set(NULL);

	check(start != (char *)-1);
	check(brk_set(start + 5 * PAGE) == start + 5 * PAGE);
	for (size_t i = 0; i < 5 * PAGE; i++)
		check_is(start[i], 0);
	memset(start, 1, 5 * PAGE);
	check(brk_set(start + PAGE) == start + PAGE);
	check_is(start[PAGE - 1], 1);
	check_forbidden(touch_read, start + 3 * PAGE, "reading a freed heap");
	check(brk_set(start + 5 * PAGE) == start + 5 * PAGE);
	check_is(start[3 * PAGE], 0);
	check(brk_set(NULL) == start + 5 * PAGE);
}
USERTEST(mem_heap);

static void
mem_heap_limits(void)
{
	static const uint64_t ends[] = { 1, 0x1000, 0x400000,
		0x00007fffffffe000, 0x00007ffffffff000, 0x0000800000000000,
		0xffffffff80000000, UINT64_MAX, UINT64_MAX - 4095 };
	char *now = brk_set(NULL);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		sys1(SYS_brk, ends[i]);
		check(brk_set(NULL) == now);
	}
}
USERTEST(mem_heap_limits);

static void
eat_memory(void)
{
	for (;;) {
		char *p = mmap(NULL, (size_t)1 << 20, RW);

		if (p == MAP_FAILED)
			_exit(0);
		for (size_t i = 0; i < (size_t)1 << 20; i += PAGE)
			p[i] = 1;
	}
}

/* Whoever takes all memory gets no more or is killed; others go on. */
static void
mem_exhausted(void)
{
	int status = child_status(eat_memory);
	char *p;

	check(WIFSIGNALED(status) || status == 0);
	p = mmap(NULL, 16 * PAGE, RW);
	check(p != MAP_FAILED);
	memset(p, 1, 16 * PAGE);
}
USERTEST(mem_exhausted);

/* The kernel has to fill memory that is not there: read into all of it. */
static void
read_into_memory(void)
{
	int fd = open("/bin/sh", O_RDONLY);
	size_t step = (size_t)1 << 20;

	for (;;) {
		char *p = mmap(NULL, step, RW);

		if (p == MAP_FAILED)
			_exit(0);
		for (size_t i = 0; i < step; i += PAGE) {
			lseek(fd, 0, SEEK_SET);
			if (read(fd, p + i, 1) != 1)
				_exit(0);
		}
	}
}

static void
mem_exhausted_by_kernel(void)
{
	int status = child_status(read_into_memory);

	check(WIFSIGNALED(status) || status == 0);
}
USERTEST(mem_exhausted_by_kernel);

static int
recurse(int depth)
{
	volatile char frame[512];

	frame[0] = (char)depth;
	return depth == 0 ? 0 : recurse(depth - 1) + (frame[0] == (char)depth);
}

static volatile int depth;

static void
recurse_depth(void)
{
	check_is(recurse(depth), depth);
}

static void
mem_stack(void)
{
	depth = 1000; /* half a MiB */
	check_is(child_status(recurse_depth), 0);
	depth = 1000000;
	check_killed(recurse_depth, SIGSEGV, "a stack overflow");
}
USERTEST(mem_stack);

#define SHARED_PAGES 64

static unsigned char *shared;

static void
write_all_pages(void)
{
	unsigned char me = (unsigned char)getpid();

	for (size_t i = 0; i < SHARED_PAGES; i++) {
		check_is(shared[i * PAGE + 5], (unsigned char)i);
		shared[i * PAGE + 5] = me;
	}
	sched_yield();
	for (size_t i = 0; i < SHARED_PAGES; i++)
		check_is(shared[i * PAGE + 5], me);
}

/* Many children of one parent, each with a memory of its own. */
static void
mem_copy_on_write(void)
{
	int pids[10];

	shared = mmap(NULL, SHARED_PAGES * PAGE, RW);
	for (size_t i = 0; i < SHARED_PAGES; i++)
		shared[i * PAGE + 5] = (unsigned char)i;
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = child_start(write_all_pages);
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		check_is(child_wait(pids[i]), 0);
	for (size_t i = 0; i < SHARED_PAGES; i++)
		check_is(shared[i * PAGE + 5], (unsigned char)i);
}
USERTEST(mem_copy_on_write);

static int fds[2];

static void
read_into_shared(void)
{
	check_is(read(fds[0], shared, 16), 16);
	check_is(memcmp(shared, "0123456789abcdef", 16), 0);
}

/* The kernel's writes into a shared page are the child's alone as well. */
static void
mem_copy_on_kernel_write(void)
{
	shared = mmap(NULL, PAGE, RW);
	memset(shared, 'p', PAGE);
	check_is(pipe(fds), 0);
	check_is(write(fds[1], "0123456789abcdef", 16), 16);
	check_is(child_status(read_into_shared), 0);
	for (size_t i = 0; i < PAGE; i++)
		check_is(shared[i], 'p');
}
USERTEST(mem_copy_on_kernel_write);

/* Read-only memory stays so in children. */
static void
mem_fork_keeps_rights(void)
{
	char *p = mmap(NULL, PAGE, PROT_READ);
	int pid = fork();

	check(p != MAP_FAILED);
	if (pid == 0) {
		check_forbidden(touch_write, p, "writing a read-only page");
		_exit(0);
	}
	check_is(child_wait(pid), 0);
}
USERTEST(mem_fork_keeps_rights);

static void
mem_allocator(void)
{
	static unsigned char *blocks[200];
	static size_t sizes[ARRAY_SIZE(blocks)];
	uint64_t state = 42;

	for (int i = 0; i < 5000; i++) {
		size_t k = random_next(&state) % ARRAY_SIZE(blocks);

		for (size_t n = 0; n < sizes[k]; n++)
			check_is(blocks[k][n], (unsigned char)k);
		free(blocks[k]);
		sizes[k] = random_next(&state) % 700;
		blocks[k] = malloc(sizes[k]);
		check(blocks[k] != NULL && (size_t)blocks[k] % 16 == 0);
		memset(blocks[k], (int)k, sizes[k]);
	}
	check(malloc(SIZE_MAX) == NULL);
	check(calloc(SIZE_MAX / 2, 3) == NULL);
}
USERTEST(mem_allocator);
