/* SPDX-License-Identifier: MIT */
/* Directories: their entries, and how names are made, moved and removed. */
#include "user/usertests/usertests.h"

static void
dir_make_and_remove(void)
{
	check_is(mkdir("d"), 0);
	check_is(sys1(SYS_mkdir, "d"), -EEXIST);
	check_is(sys1(SYS_mkdir, "."), -EEXIST);
	check_is(sys1(SYS_mkdir, "/"), -EEXIST);
	file_make("d/f", "", 0);
	check_is(sys1(SYS_mkdir, "d/f"), -EEXIST);
	check_is(sys1(SYS_unlink, "d"), -ENOTEMPTY);
	check_is(unlink("d/f"), 0);
	check_is(unlink("d"), 0);
	check_is(sys1(SYS_unlink, "d"), -ENOENT);
}
USERTEST(dir_make_and_remove);

/* What must not be removed: roots, and names that are none. */
static void
dir_remove_impossible(void)
{
	static const char *const paths[] = { "/", ".", "..", "/dev", "/vm",
		"/dev/.", "d/..", "d/." };

	check_is(mkdir("d"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		long result = sys1(SYS_unlink, paths[i]);

		if (result >= 0)
			fail("unlink of %s succeeds", paths[i]);
		result = sys2(SYS_rename, paths[i], "new");
		if (result >= 0)
			fail("rename of %s succeeds", paths[i]);
	}
	check_is(unlink("d"), 0);
}
USERTEST(dir_remove_impossible);

/* How many entries the directory has whose name is this; NULL: all. */
static int
entries_count(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY), count = 0;
	struct dirent entries[3];
	long n;

	check(fd >= 0);
	while ((n = readdir(fd, entries, 3)) > 0) {
		check(n <= 3);
		for (long i = 0; i < n; i++) {
			const char *is = entries[i].name;

			check(strnlen(is, NAME_MAX + 1) <= NAME_MAX);
			if (strcmp(is, ".") == 0 || strcmp(is, "..") == 0)
				continue;
			count += name == NULL || strcmp(is, name) == 0;
		}
	}
	check_is(n, 0);
	check_is(close(fd), 0);
	return count;
}

static void
dir_entries(void)
{
	char name[16];

	check_is(entries_count(".", NULL), 0);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		file_make(name, name, strlen(name));
	}
	check_is(entries_count(".", NULL), 50);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		check_is(entries_count(".", name), 1);
	}
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		check_is(unlink(name), 0);
	}
	check_is(entries_count(".", NULL), 0);
}
USERTEST(dir_entries);

/* An entry agrees with stat of its name. */
static void
dir_entry_contents(void)
{
	struct dirent entry;
	struct stat st;
	int fd, found = 0;

	check_is(mkdir("d"), 0);
	file_make("d/f", "abc", 3);
	check_is(stat("d/f", &st), 0);
	fd = open("d", O_RDONLY);
	while (readdir(fd, &entry, 1) == 1)
		if (strcmp(entry.name, "f") == 0) {
			check_is(entry.ino, st.ino);
			check_is(entry.size, 3);
			check_is(entry.type, FT_FILE);
			found++;
		}
	check_is(found, 1);
	check_is(unlink("d/f"), 0);
	check_is(unlink("d"), 0);
}
USERTEST(dir_entry_contents);

/* Names that come and go while a directory is read must not break it. */
static void
dir_changes_while_read(void)
{
	struct dirent entry;
	char name[16];
	int fd;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		file_make(name, "", 0);
	}
	fd = open(".", O_RDONLY);
	for (int i = 0; i < 20; i++) {
		check(readdir(fd, &entry, 1) >= 0);
		snprintf(name, sizeof(name), "a%d", i);
		check_is(unlink(name), 0);
		snprintf(name, sizeof(name), "b%d", i);
		file_make(name, "", 0);
		check_is(unlink(name), 0);
	}
	while (readdir(fd, &entry, 1) == 1)
		;
	check_is(entries_count(".", NULL), 0);
}
USERTEST(dir_changes_while_read);

static void
dir_read_as_file(void)
{
	int fd = open(".", O_RDONLY);
	struct dirent entry;
	char c;

	check(fd >= 0);
	check_is(sys3(SYS_read, fd, &c, 1), -EISDIR);
	check(sys3(SYS_write, fd, &c, 1) < 0);
	check(sys2(SYS_ftruncate, fd, 0) < 0);
	file_make("f", "abc", 3);
	fd = open("f", O_RDONLY);
	check_is(sys3(SYS_readdir, fd, &entry, 1), -ENOTDIR);
	check_is(unlink("f"), 0);
}
USERTEST(dir_read_as_file);

static void
dir_removed_while_open(void)
{
	struct dirent entries[4];
	int fd;

	check_is(mkdir("d"), 0);
	fd = open("d", O_RDONLY);
	check_is(unlink("d"), 0);
	check(readdir(fd, entries, 4) <= 0 ||
		strcmp(entries[0].name, ".") == 0);
	check_is(mkdir("d"), 0);
	check_is(unlink("d"), 0);
}
USERTEST(dir_removed_while_open);

static void
dir_rename_file(void)
{
	struct stat st;

	file_make("a", "old", 3);
	file_make("b", "other", 5);
	check_is(rename("a", "b"), 0); /* b as it was is gone */
	check_is(sys2(SYS_stat, "a", &st), -ENOENT);
	check_is(stat("b", &st), 0);
	check_is(st.size, 3);
	check_is(rename("b", "b"), 0);
	check_is(sys2(SYS_rename, "a", "c"), -ENOENT);
	check_is(sys2(SYS_rename, "b", "no/b"), -ENOENT);
	check_is(sys2(SYS_rename, "b", "b/c"), -ENOTDIR);
	check_is(mkdir("d"), 0);
	check_is(sys2(SYS_rename, "b", "d"), -EISDIR);
	check_is(rename("b", "d/e"), 0);
	check_is(stat("d/e", &st), 0);
	check_is(unlink("d/e"), 0);
	check_is(unlink("d"), 0);
}
USERTEST(dir_rename_file);

static void
dir_rename_directory(void)
{
	struct stat a, b;

	check_is(mkdir("a"), 0);
	check_is(mkdir("a/b"), 0);
	file_make("a/b/f", "x", 1);
	check_is(sys2(SYS_rename, "a", "a/b/c"), -EINVAL);
	check_is(sys2(SYS_rename, "a", "a/c"), -EINVAL);
	check_is(mkdir("e"), 0);
	check_is(sys2(SYS_rename, "e", "a/b"), -ENOTEMPTY);
	check_is(sys2(SYS_rename, "e", "a/b/f"), -ENOTDIR);
	check_is(rename("a/b", "e"), 0); /* an empty one may be replaced */
	check_is(stat("e/f", &a), 0);
	check_is(stat("e/..", &a), 0); /* its parent is another one now */
	check_is(stat(".", &b), 0);
	check_is(a.ino, b.ino);
	check_is(unlink("e/f"), 0);
	check_is(unlink("e"), 0);
	check_is(unlink("a"), 0);
}
USERTEST(dir_rename_directory);

/* As deep as a path reaches, and back. */
static void
dir_deep(void)
{
	int depth = 0;

	while (depth < 200 && mkdir("d") == 0 && chdir("d") == 0)
		depth++;
	check_is(depth, 200);
	for (; depth > 0; depth--) {
		check_is(chdir(".."), 0);
		check_is(unlink("d"), 0);
	}
}
USERTEST(dir_deep);
