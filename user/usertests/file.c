/* SPDX-License-Identifier: MIT */
/* Files: how they are opened, where reads and writes go, how they end. */
#include "user/usertests/usertests.h"

static void
file_open_flags(void)
{
	struct stat st;

	check_is(sys2(SYS_open, "f", O_RDONLY), -ENOENT);
	check(open("f", O_RDWR | O_CREAT | O_EXCL) >= 0);
	check_is(sys2(SYS_open, "f", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
	check_is(sys2(SYS_open, "f", O_RDONLY | O_DIRECTORY), -ENOTDIR);
	check_is(sys2(SYS_open, ".", O_WRONLY), -EISDIR);
	check_is(sys2(SYS_open, ".", O_RDWR), -EISDIR);
	file_make("f", "abc", 3);
	check(open("f", O_WRONLY | O_CREAT) >= 0);
	check_is(stat("f", &st), 0);
	check_is(st.size, 3);
	check_is(st.type, FT_FILE);
	check(open("f", O_WRONLY | O_TRUNC) >= 0);
	check_is(stat("f", &st), 0);
	check_is(st.size, 0);
	check(sys2(SYS_open, "f", 3) < 0); /* no access mode */
	check_is(unlink("f"), 0);
}
USERTEST(file_open_flags);

static void
file_append(void)
{
	char text[8];
	int a, b;

	a = open("f", O_RDWR | O_CREAT | O_APPEND);
	b = open("f", O_WRONLY | O_APPEND);
	check_is(write(a, "ab", 2), 2);
	check_is(write(b, "cd", 2), 2);
	check_is(lseek(a, 0, SEEK_SET), 0);
	check_is(write(a, "ef", 2), 2);
	check_is(lseek(a, 0, SEEK_SET), 0);
	check_is(read(a, text, 8), 6);
	check_is(memcmp(text, "abcdef", 6), 0);
	check_is(unlink("f"), 0);
}
USERTEST(file_append);

static void
file_seek(void)
{
	char c;
	int fd;

	file_make("f", "0123456789", 10);
	fd = open("f", O_RDONLY);
	check_is(lseek(fd, 4, SEEK_SET), 4);
	check_is(lseek(fd, 2, SEEK_CUR), 6);
	check_is(lseek(fd, -1, SEEK_END), 9);
	check_is(read(fd, &c, 1), 1);
	check_is(c, '9');
	check_is(read(fd, &c, 1), 0);
	check_is(lseek(fd, 100, SEEK_SET), 100);
	check_is(read(fd, &c, 1), 0);
	check_is(sys3(SYS_lseek, fd, -1, SEEK_SET), -EINVAL);
	check_is(sys3(SYS_lseek, fd, -11, SEEK_END), -EINVAL);
	check_is(sys3(SYS_lseek, fd, 0, 3), -EINVAL);
	check_is(sys3(SYS_lseek, fd, 0, -1), -EINVAL);
	check(sys3(SYS_lseek, fd, INT64_MAX, SEEK_CUR) < 0);
	check_is(lseek(fd, 0, SEEK_CUR), 100);
	check_is(unlink("f"), 0);
}
USERTEST(file_seek);

/* What nobody has written between two writes is zero. */
static void
file_hole(void)
{
	static char bytes[20000];
	int fd = open("f", O_RDWR | O_CREAT);

	check_is(lseek(fd, 19999, SEEK_SET), 19999);
	check_is(write(fd, "x", 1), 1);
	check_is(lseek(fd, 0, SEEK_SET), 0);
	memset(bytes, 1, sizeof(bytes));
	for (size_t n = 0; n < sizeof(bytes);) {
		long got = read(fd, bytes + n, sizeof(bytes) - n);

		check(got > 0);
		n += (size_t)got;
	}
	for (size_t i = 0; i < 19999; i++)
		check_is(bytes[i], 0);
	check_is(bytes[19999], 'x');
	check_is(unlink("f"), 0);
}
USERTEST(file_hole);

/* Offsets that no file can have. */
static void
file_huge_offset(void)
{
	static const int64_t offsets[] = { INT64_MAX, INT64_MAX - 1,
		(int64_t)1 << 62, (int64_t)1 << 50, (int64_t)1 << 44 };
	int fd = open("f", O_RDWR | O_CREAT);
	struct stat st;

	check(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		long result;

		check_is(lseek(fd, 0, SEEK_SET), 0);
		if (lseek(fd, offsets[i], SEEK_SET) != offsets[i])
			continue;
		result = sys3(SYS_write, fd, "xyz", 3);
		if (result >= 0)
			fail("a write at %lx returns %ld", offsets[i], result);
		check(sys2(SYS_ftruncate, fd, offsets[i]) < 0);
	}
	check_is(fstat(fd, &st), 0);
	check_is(st.size, 0);
	check(sys2(SYS_ftruncate, fd, UINT64_MAX) < 0);
	check_is(unlink("f"), 0);
}
USERTEST(file_huge_offset);

static void
file_truncate(void)
{
	char text[16];
	int fd = open("f", O_RDWR | O_CREAT);

	check_is(write(fd, "abcdefgh", 8), 8);
	check_is(ftruncate(fd, 3), 0);
	check_is(ftruncate(fd, 6), 0);
	check_is(lseek(fd, 0, SEEK_SET), 0);
	check_is(read(fd, text, 16), 6);
	check_is(memcmp(text, "abc\0\0\0", 6), 0);
	check_is(unlink("f"), 0);
}
USERTEST(file_truncate);

/* A file without a name lives as long as it is open. */
static void
file_unlinked_open(void)
{
	char text[4];
	int fd = open("f", O_RDWR | O_CREAT);

	check_is(unlink("f"), 0);
	check_is(sys2(SYS_open, "f", O_RDONLY), -ENOENT);
	check_is(write(fd, "abc", 3), 3);
	check_is(lseek(fd, 0, SEEK_SET), 0);
	check_is(read(fd, text, 4), 3);
	check_is(memcmp(text, "abc", 3), 0);
	file_make("f", "x", 1); /* another one */
	check_is(lseek(fd, 0, SEEK_SET), 0);
	check_is(read(fd, text, 4), 3);
	check_is(unlink("f"), 0);
}
USERTEST(file_unlinked_open);

/* Writes of a whole file, more than once around. */
static void
file_big(void)
{
	static unsigned char block[10007], back[10007];
	int fd = open("f", O_RDWR | O_CREAT);

	for (unsigned i = 0; i < 30; i++) {
		memset(block, (int)i, sizeof(block));
		check_is(write_all(fd, block, sizeof(block)), 0);
	}
	check_is(lseek(fd, 0, SEEK_SET), 0);
	for (unsigned i = 0; i < 30; i++) {
		for (size_t n = 0; n < sizeof(back);) {
			long got = read(fd, back + n, sizeof(back) - n);

			check(got > 0);
			n += (size_t)got;
		}
		memset(block, (int)i, sizeof(block));
		check_is(memcmp(block, back, sizeof(block)), 0);
	}
	check_is(unlink("f"), 0);
}
USERTEST(file_big);

/* Writes until no memory is left; all of it comes back. */
static void
file_fills_memory(void)
{
	static char block[65536];
	int fd = open("f", O_WRONLY | O_CREAT);
	uint64_t written = 0;
	long n;

	while ((n = sys3(SYS_write, fd, block, sizeof(block))) > 0)
		written += (uint64_t)n;
	check(n == -ENOSPC || n == -ENOMEM || n == -EFBIG);
	check(written > sizeof(block));
	check_is(unlink("f"), 0);
	check_is(close(fd), 0);
	file_make("g", "x", 1);
	check_is(unlink("g"), 0);
}
USERTEST(file_fills_memory);

static void
file_stat_kinds(void)
{
	struct stat st;
	int fd[2];

	check_is(stat("/", &st), 0);
	check_is(st.type, FT_DIR);
	check_is(stat("/dev/console", &st), 0);
	check_is(st.type, FT_DEVICE);
	check_is(pipe(fd), 0);
	check_is(write(fd[1], "abc", 3), 3);
	check_is(fstat(fd[0], &st), 0);
	check_is(st.type, FT_PIPE);
	check_is(st.size, 3);
}
USERTEST(file_stat_kinds);

/* /dev/null and /dev/zero, if there are such. */
static void
file_devices(void)
{
	char text[4] = "abc";
	int fd = open("/dev/null", O_RDWR);

	check(fd >= 0);
	check_is(write(fd, text, 3), 3);
	check_is(read(fd, text, 3), 0);
	check(sys2(SYS_ftruncate, fd, 0) < 0);
	check(sys1(SYS_unlink, "/dev/null") < 0);
	check(sys2(SYS_open, "/dev/nothing", O_RDWR | O_CREAT) < 0);
	check(sys2(SYS_rename, "/dev/null", "null") < 0);
}
USERTEST(file_devices);
