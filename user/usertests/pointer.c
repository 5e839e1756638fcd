/* SPDX-License-Identifier: MIT */
/* Pointers that are no user memory, in every argument that is a pointer. */
#include "user/usertests/usertests.h"

static const uint64_t bad_addresses[] = {
	0, /* NULL */
	1,
	0xfff,
	0x10000,	    /* below the program, not mapped */
	0x0000500000000000, /* in the middle of nowhere */
	0x00007ffffffff000, /* the page that is never mapped */
	0x00007fffffffffff, /* the last byte of the user's half */
	0x0000800000000000, /* not canonical */
	0x0001000000000000,
	0x7fffffffffffffff,
	0x8000000000000000,
	0xffff7fffffffffff,
	0xffff800000000000, /* the kernel's half */
	0xffff888000000000,
	0xffffffff80000000, /* its image */
	0xffffffff80100000,
	0xfffffffffffff000,
	0xfffffffffffffff8,
	0xffffffffffffffff,
};

static char buffer[256]; /* what is right where another pointer is wrong */
static int file_fd, pipe_fd[2];

/* A call, right but for argument `bad`. */
struct pointer_call {
	const char *name;
	long nr;
	int bad;
	bool writes; /* the kernel writes there */
	long args[4];
};

#define POINTER(p) ((long)(p))

static void
pointer_try(const struct pointer_call *call, uint64_t address)
{
	long a[4], result;

	memcpy(a, call->args, sizeof(a));
	a[call->bad] = (long)address;
	if (call->nr == SYS_read || call->nr == SYS_fstat)
		a[0] = file_fd;
	if (call->nr == SYS_write)
		a[0] = pipe_fd[1];
	if (call->nr == SYS_readdir) {
		a[0] = open(".", O_RDONLY | O_DIRECTORY);
		check(a[0] >= 0);
	}
	lseek(file_fd, 0, SEEK_SET);
	result = syscall_raw(call->nr, a[0], a[1], a[2], a[3], 0, 0);
	if (result != -EFAULT)
		fail("%s with argument %d of %lx returns %ld", call->name,
			call->bad + 1, address, result);
	if (call->nr == SYS_readdir)
		close((int)a[0]);
}

static const struct pointer_call pointer_calls[] = {
	{ "sysinfo", SYS_sysinfo, 0, true, { 0 } },
	{ "uname", SYS_uname, 0, true, { 0 } },
	{ "proclist", SYS_proclist, 0, true, { 0, 4 } },
	{ "selftest", SYS_selftest, 1, true, { SELFTEST_NAME, 0, 64 } },
	{ "klog", SYS_klog, 0, true, { 0, 16 } },
	{ "open", SYS_open, 0, false, { 0, O_RDONLY } },
	{ "open", SYS_open, 0, false, { 0, O_RDWR | O_CREAT } },
	{ "read", SYS_read, 1, true, { 0, 0, 16 } },
	{ "write", SYS_write, 1, false, { 0, 0, 16 } },
	{ "stat", SYS_stat, 0, false, { 0, POINTER(buffer) } },
	{ "stat", SYS_stat, 1, true, { POINTER("/"), 0 } },
	{ "fstat", SYS_fstat, 1, true, { 0, 0 } },
	{ "readdir", SYS_readdir, 1, true, { 0, 0, 4 } },
	{ "pipe", SYS_pipe, 0, true, { 0 } },
	{ "chdir", SYS_chdir, 0, false, { 0 } },
	{ "getcwd", SYS_getcwd, 0, true, { 0, 256 } },
	{ "mkdir", SYS_mkdir, 0, false, { 0 } },
	{ "unlink", SYS_unlink, 0, false, { 0 } },
	{ "rename", SYS_rename, 0, false, { 0, POINTER("x") } },
	{ "rename", SYS_rename, 1, false, { POINTER("f"), 0 } },
	{ "poll", SYS_poll, 0, true, { 0, 1, 0 } },
	{ "exec", SYS_exec, 0, false, { 0, POINTER(buffer), POINTER(buffer) } },
};

static void
pointer_setup(void)
{
	file_make("f", "0123456789abcdef", 16);
	file_fd = open("f", O_RDONLY);
	check(file_fd >= 0);
	check_is(pipe(pipe_fd), 0);
}

static void
pointer_bad_address(void)
{
	pointer_setup();
	for (size_t i = 0; i < ARRAY_SIZE(pointer_calls); i++)
		for (size_t k = 0; k < ARRAY_SIZE(bad_addresses); k++)
			pointer_try(&pointer_calls[i], bad_addresses[k]);
	check_is(unlink("f"), 0);
}
USERTEST(pointer_bad_address);

/* The kernel must not write where the program itself may not. */
static void
pointer_read_only(void)
{
	char *page = mmap(NULL, PAGE, PROT_READ);

	check(page != MAP_FAILED);
	pointer_setup();
	for (size_t i = 0; i < ARRAY_SIZE(pointer_calls); i++)
		if (pointer_calls[i].writes) {
			pointer_try(&pointer_calls[i], (uint64_t)page);
			pointer_try(&pointer_calls[i], (uint64_t)pointer_setup);
		}
	for (size_t i = 0; i < PAGE; i++)
		check_is(page[i], 0);
	check_is(unlink("f"), 0);
}
USERTEST(pointer_read_only);

/* The last bytes of a mapping, and what is behind it. */
static void
pointer_across_edge(void)
{
	char *edge = edge_page() + PAGE;

	pointer_setup();
	for (size_t i = 0; i < ARRAY_SIZE(pointer_calls); i++) {
		if (pointer_calls[i].nr == SYS_read ||
			pointer_calls[i].nr == SYS_klog)
			continue; /* they may do the part that fits */
		memset(edge - 4, 'x', 4);
		if (pointer_calls[i].nr != SYS_getcwd)
			pointer_try(&pointer_calls[i], (uint64_t)edge - 4);
	}
	memset(edge - 4, 0, 4);
	check(sys3(SYS_read, file_fd, edge - 4, 16) < 0 ||
		memcmp(edge - 4, "0123", 4) == 0);
	check_is(unlink("f"), 0);
}
USERTEST(pointer_across_edge);

/* What just fits in front of the edge is right. */
static void
pointer_up_to_edge(void)
{
	char *edge = edge_page() + PAGE;

	pointer_setup();
	check_is(read(file_fd, edge - 16, 16), 16);
	check_is(memcmp(edge - 16, "0123456789abcdef", 16), 0);
	check_is(write(pipe_fd[1], edge - 16, 16), 16);
	memcpy(edge - 2, "f", 2);
	check_is(stat(edge - 2, (struct stat *)(edge - 32)), 0);
	check_is(sysinfo((struct sysinfo *)(edge - sizeof(struct sysinfo))), 0);
	memcpy(edge - 2, "f", 2);
	check_is(unlink(edge - 2), 0);
}
USERTEST(pointer_up_to_edge);

/* Address plus length beyond the user's half, or beyond 2^64. */
static void
pointer_huge_length(void)
{
	static const size_t lengths[] = { SIZE_MAX, SIZE_MAX - 4095,
		(size_t)1 << 63, (size_t)1 << 48, (size_t)1 << 47,
		(size_t)INT64_MAX };
	char *page = edge_page();

	pointer_setup();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		long n;

		check(sys3(SYS_write, pipe_fd[1], page + PAGE, lengths[i]) < 0);
		check(sys3(SYS_write, pipe_fd[1], -4096, lengths[i]) < 0);
		lseek(file_fd, 0, SEEK_SET);
		check(sys3(SYS_read, file_fd, -4096, lengths[i]) < 0);
		n = sys3(SYS_read, file_fd, page, lengths[i]);
		check(n < 0 || n == 16);
		check(sys2(SYS_proclist, -4096, lengths[i]) < 0);
		check(sys3(SYS_readdir, file_fd, page, lengths[i]) < 0);
		check(sys3(SYS_poll, page + PAGE, lengths[i], 0) < 0);
		check(sys2(SYS_klog, -4096, lengths[i]) < 0);
		check(sys2(SYS_getcwd, -4096, lengths[i]) < 0);
	}
	check_is(unlink("f"), 0);
}
USERTEST(pointer_huge_length);

static void
exit_42(void)
{
	_exit(42);
}

/* A status that cannot be stored must not lose the child for good. */
static void
pointer_wait_status(void)
{
	for (size_t k = 1; k < ARRAY_SIZE(bad_addresses); k++) {
		int pid = child_start(exit_42);
		long result = sys3(SYS_wait, pid, bad_addresses[k], 0);

		if (result != -EFAULT)
			fail("wait with status at %lx returns %ld",
				bad_addresses[k], result);
		waitpid(pid, NULL, 0);
		check_is(sys3(SYS_wait, -1, 0, WNOHANG), -ECHILD);
	}
}
USERTEST(pointer_wait_status);

/* A failed pipe leaves no descriptor behind. */
static void
pointer_pipe_undone(void)
{
	int before = dup(0), after;

	check(before >= 0);
	close(before);
	for (size_t k = 0; k < ARRAY_SIZE(bad_addresses); k++)
		check_is(sys1(SYS_pipe, bad_addresses[k]), -EFAULT);
	after = dup(0);
	check_is(after, before);
}
USERTEST(pointer_pipe_undone);
