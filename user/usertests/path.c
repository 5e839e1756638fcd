/* SPDX-License-Identifier: MIT */
/* Paths that are too long, empty, endless, or lead nowhere. */
#include "user/usertests/usertests.h"

static const long path_calls[] = { SYS_open, SYS_stat, SYS_chdir, SYS_mkdir,
	SYS_unlink, SYS_rename, SYS_exec };

/* Each call that takes a path must fail with this error. */
static void
path_all_fail(const char *path, int error)
{
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(path_calls); i++) {
		long nr = path_calls[i], result, second = 0;
		char *const argv[] = { "x", NULL };

		if (nr == SYS_open)
			second = O_RDONLY;
		else if (nr == SYS_stat)
			second = (long)&st;
		else if (nr == SYS_rename)
			second = (long)"y";
		else if (nr == SYS_exec)
			second = (long)argv;
		result = sys3(nr, path, second, argv + 1);
		if (result != -error)
			fail("call %ld of '%.20s' returns %ld, not %d", nr,
				path, result, -error);
	}
}

static void
path_empty(void)
{
	path_all_fail("", ENOENT);
}
USERTEST(path_empty);

static void
path_missing_parent(void)
{
	path_all_fail("nothing/x", ENOENT);
}
USERTEST(path_missing_parent);

static void
path_through_file(void)
{
	file_make("f", "", 0);
	path_all_fail("f/x", ENOTDIR);
	check_is(unlink("f"), 0);
}
USERTEST(path_through_file);

static void
path_name_too_long(void)
{
	char name[NAME_MAX + 2];

	memset(name, 'n', sizeof(name));
	name[NAME_MAX + 1] = 0;
	path_all_fail(name, ENAMETOOLONG);
	name[NAME_MAX] = 0;
	file_make(name, "x", 1);
	check_is(unlink(name), 0);
}
USERTEST(path_name_too_long);

/* PATH_MAX bytes have no room for a NUL; one less has. */
static void
path_too_long(void)
{
	char path[PATH_MAX + 1];

	for (size_t i = 0; i < PATH_MAX; i++)
		path[i] = i % 2 == 0 ? '.' : '/';
	path[PATH_MAX] = 0;
	path_all_fail(path, ENAMETOOLONG);
	path[PATH_MAX - 1] = 0;
	check_is(chdir(path), 0);
}
USERTEST(path_too_long);

/* A path of more than PATH_MAX bytes without a NUL, up to the edge. */
static void
path_endless(void)
{
	char *page = edge_page();

	memset(page, 'a', PAGE);
	path_all_fail(page, ENAMETOOLONG);
	path_all_fail(page + PAGE - 8, EFAULT);
}
USERTEST(path_endless);

static void
path_slashes_and_dots(void)
{
	struct stat a, b;

	check_is(mkdir("d"), 0);
	file_make("d/f", "x", 1);
	check_is(stat("d/f", &a), 0);
	check_is(stat(".//./d/.././d//f", &b), 0);
	check_is(a.ino, b.ino);
	check_is(stat("/", &a), 0);
	check_is(stat("/../../..", &b), 0);
	check_is(a.ino, b.ino);
	check_is(unlink("d/f"), 0);
	check_is(unlink("d/"), 0);
}
USERTEST(path_slashes_and_dots);

/* A directory that is gone under a process that is in it. */
static void
path_working_directory_gone(void)
{
	char path[PATH_MAX];

	check_is(mkdir("d"), 0);
	check_is(chdir("d"), 0);
	check_is(unlink("../d"), 0);
	check(open("f", O_WRONLY | O_CREAT) < 0);
	check(mkdir("e") < 0);
	sys2(SYS_getcwd, path, sizeof(path));
	check_is(chdir("/"), 0);
	check_is(sys2(SYS_getcwd, path, sizeof(path)), 1);
	check_is(path[0], '/');
}
USERTEST(path_working_directory_gone);

static void
path_getcwd_size(void)
{
	char path[PATH_MAX];
	long n;

	check_is(mkdir("d"), 0);
	check_is(chdir("d"), 0);
	n = sys2(SYS_getcwd, path, sizeof(path));
	check(n > 2);
	check_is(strlen(path), n);
	check_is(strcmp(path + n - 2, "/d"), 0);
	memset(path, 'x', sizeof(path));
	check_is(sys2(SYS_getcwd, path, n), -ERANGE);
	check_is(sys2(SYS_getcwd, path, 0), -ERANGE);
	check_is(path[n], 'x');
	check_is(sys2(SYS_getcwd, path, n + 1), n);
	check_is(path[n + 1], 'x');
	check_is(chdir(".."), 0);
	check_is(unlink("d"), 0);
}
USERTEST(path_getcwd_size);
