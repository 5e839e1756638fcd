/* SPDX-License-Identifier: MIT */
/*
 * Paths: what they lead to and how they fail, through the tree and a mounted
 * file system (/dev).
 */
/* links: kernel/fs/memfs.c kernel/fs/memfs_data.c kernel/fs/vnode.c
 * kernel/fs/file.c kernel/fs/path.c kernel/fs/mount.c kernel/fs/vfs.c
 * kernel/fs/devfs.c kernel/fs/fdtable.c kernel/lib/errno.c
 * grading/unit/fake_kernel.c */
#include "grading/unit/fake_kernel.h"

#include "kernel/fs/fdtable.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/initcall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

LINKSET_DECLARE(struct initcall, initcalls);

/* The tree of all tests: /d/e/f, and /dev mounted. */
static int
setup_tree(void **state)
{
	const struct initcall *call;

	(void)state;
	linkset_for_each (call, initcalls)
		call->fn();
	assert_int_equal(vfs_create(NULL, "/d", FT_DIR), 0);
	assert_int_equal(vfs_create(NULL, "/d/e", FT_DIR), 0);
	assert_int_equal(vfs_create(NULL, "/d/e/f", FT_FILE), 0);
	return 0;
}

static int
try_lookup(const char *cwd_path, const char *path)
{
	struct vnode *cwd, *vnode;
	int err;

	assert_int_equal(vfs_lookup(NULL, cwd_path, &cwd), 0);
	err = vfs_lookup(cwd, path, &vnode);
	vnode_put(cwd);
	if (err == 0)
		vnode_put(vnode);
	return err;
}

/* Both paths, the first from cwd, lead to the same place. */
static void
expect_same(const char *cwd_path, const char *path, const char *want)
{
	struct vnode *cwd, *a, *b;

	assert_int_equal(vfs_lookup(NULL, cwd_path, &cwd), 0);
	assert_int_equal(vfs_lookup(cwd, path, &a), 0);
	assert_int_equal(vfs_lookup(NULL, want, &b), 0);
	assert_ptr_equal(a, b);
	vnode_put(cwd);
	vnode_put(a);
	vnode_put(b);
}

static void
expect_path(const char *path, const char *want)
{
	char buf[PATH_MAX];
	struct vnode *dir;
	int64_t len;

	assert_int_equal(vfs_lookup(NULL, path, &dir), 0);
	len = vfs_path(dir, buf, sizeof(buf));
	assert_int_equal(len, strlen(want));
	assert_string_equal(buf, want);
	/* the buffer may be just large enough, and no smaller */
	assert_int_equal(vfs_path(dir, buf, (size_t)len + 1), len);
	assert_int_equal(vfs_path(dir, buf, (size_t)len), -ERANGE);
	vnode_put(dir);
}

static int
try_open(const char *path, int flags)
{
	struct file *file;
	int err = vfs_open(NULL, path, flags, &file);

	if (err == 0)
		file_put(file);
	return err;
}

static void
test_relative_paths_start_at_cwd(void **state)
{
	(void)state;
	expect_same("/d", "e/f", "/d/e/f");
	expect_same("/d", "/d/e", "/d/e");
	expect_same("/d", ".", "/d");
}

static void
test_dots_and_slashes(void **state)
{
	(void)state;
	expect_same("/", "//d///e/./../e/f", "/d/e/f");
	expect_same("/d/e", "..", "/d");
	expect_same("/d/e", "../../..", "/");
	expect_same("/", "d/e/", "/d/e");
	expect_same("/", "..", "/");
}

static void
test_dot_dot_leaves_a_mount(void **state)
{
	(void)state;
	expect_same("/dev", "..", "/");
	expect_same("/dev", "../d", "/d");
	expect_same("/d", "../dev/null", "/dev/null");
}

static void
test_path_of_a_directory(void **state)
{
	(void)state;
	expect_path("/", "/");
	expect_path("/d/e", "/d/e");
	expect_path("/dev", "/dev");
}

static void
test_empty_path_leads_nowhere(void **state)
{
	(void)state;
	assert_int_equal(try_lookup("/", ""), -ENOENT);
	assert_int_equal(vfs_create(NULL, "", FT_DIR), -ENOENT);
	assert_int_equal(vfs_unlink(NULL, ""), -ENOENT);
}

static void
test_a_file_is_no_directory(void **state)
{
	(void)state;
	assert_int_equal(try_lookup("/", "d/e/f/g"), -ENOTDIR);
	assert_int_equal(try_lookup("/", "d/e/f/"), -ENOTDIR);
	assert_int_equal(try_lookup("/", "d/e/f/."), -ENOTDIR);
	assert_int_equal(try_lookup("/", "d/e/f/.."), -ENOTDIR);
	assert_int_equal(try_lookup("/", "dev/null/"), -ENOTDIR);
	assert_int_equal(try_open("/d/e/f/", O_RDONLY), -ENOTDIR);
	assert_int_equal(try_open("/d/e/f", O_RDONLY | O_DIRECTORY), -ENOTDIR);
}

static void
test_names_and_paths_are_bounded(void **state)
{
	char name[NAME_MAX + 2], path[PATH_MAX + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(try_lookup("/", name), -ENAMETOOLONG);
	assert_int_equal(vfs_create(NULL, name, FT_DIR), -ENAMETOOLONG);
	name[NAME_MAX] = '\0';
	assert_int_equal(try_lookup("/", name), -ENOENT);
	assert_int_equal(vfs_create(NULL, name, FT_DIR), 0);
	assert_int_equal(vfs_unlink(NULL, name), 0);
	memset(path, '/', sizeof(path));
	path[PATH_MAX] = '\0';
	assert_int_equal(try_lookup("/", path), -ENAMETOOLONG);
	path[PATH_MAX - 1] = '\0';
	assert_int_equal(try_lookup("/", path), 0);
}

static void
test_open_flags_are_checked(void **state)
{
	(void)state;
	assert_int_equal(try_open("/d/e/f", 3), -EINVAL);
	assert_int_equal(try_open("/d/e/f", 0x1000000), -EINVAL);
	assert_int_equal(try_open("/d/e/f", -1), -EINVAL);
	assert_int_equal(try_open("/g", O_CREAT | O_DIRECTORY), -EINVAL);
	assert_int_equal(try_open("/d/e/f", O_WRONLY | O_CREAT), 0);
	assert_int_equal(
		try_open("/d/e/f", O_WRONLY | O_CREAT | O_EXCL), -EEXIST);
	assert_int_equal(try_open("/g", O_RDONLY), -ENOENT);
	assert_int_equal(try_open("/none/g", O_RDWR | O_CREAT), -ENOENT);
	assert_int_equal(try_open("/g/", O_RDWR | O_CREAT), -EISDIR);
}

static void
test_directories_are_not_written(void **state)
{
	(void)state;
	assert_int_equal(try_open("/d", O_RDONLY), 0);
	assert_int_equal(try_open("/d", O_RDWR), -EISDIR);
	assert_int_equal(try_open("/d", O_RDONLY | O_CREAT), -EISDIR);
	assert_int_equal(try_open("/dev", O_WRONLY | O_CREAT), -EISDIR);
	assert_int_equal(try_open("/", O_WRONLY), -EISDIR);
	assert_int_equal(try_open(".", O_RDONLY | O_DIRECTORY), 0);
}

static void
test_making_what_is_there_fails(void **state)
{
	(void)state;
	assert_int_equal(vfs_create(NULL, "/d", FT_DIR), -EEXIST);
	assert_int_equal(vfs_create(NULL, "/d/e/f", FT_DIR), -EEXIST);
	assert_int_equal(vfs_create(NULL, "/", FT_DIR), -EEXIST);
	assert_int_equal(vfs_create(NULL, "/d/.", FT_DIR), -EEXIST);
	assert_int_equal(vfs_create(NULL, "/d/e/..", FT_DIR), -EEXIST);
	assert_int_equal(vfs_create(NULL, "/dev/null", FT_DIR), -EEXIST);
}

static void
test_mounts_stay_where_they_are(void **state)
{
	(void)state;
	assert_int_equal(vfs_unlink(NULL, "/dev"), -EBUSY);
	assert_int_equal(vfs_rename(NULL, "/dev", "/x"), -EBUSY);
	assert_int_equal(vfs_rename(NULL, "/d", "/dev"), -EBUSY);
	assert_int_equal(vfs_unlink(NULL, "/"), -EBUSY);
	assert_int_equal(vfs_unlink(NULL, "/d/."), -EBUSY);
}

static void
test_synthetic_directories_cannot_be_changed(void **state)
{
	(void)state;
	assert_int_equal(vfs_create(NULL, "/dev/x", FT_DIR), -EROFS);
	assert_int_equal(try_open("/dev/x", O_WRONLY | O_CREAT), -EROFS);
	assert_int_equal(vfs_unlink(NULL, "/dev/null"), -EROFS);
	assert_int_equal(vfs_rename(NULL, "/dev/null", "/dev/x"), -EROFS);
	assert_int_equal(vfs_rename(NULL, "/d/e/f", "/dev/x"), -EINVAL);
	assert_int_equal(vfs_rename(NULL, "/dev/null", "/d/x"), -EINVAL);
}

static void
test_devices_open_for_redirection(void **state)
{
	struct file *file;
	char buf[4] = "abc";

	(void)state;
	assert_int_equal(
		vfs_open(NULL, "/dev/null", O_RDWR | O_CREAT | O_TRUNC, &file),
		0);
	assert_int_equal(file_write(file, buf, 3), 3);
	assert_int_equal(file_read(file, buf, 3), 0);
	assert_int_equal(file_seek(file, 0, SEEK_SET), -ESPIPE);
	file_put(file);
	assert_int_equal(vfs_open(NULL, "/dev/zero", O_RDONLY, &file), 0);
	assert_int_equal(file_read(file, buf, 3), 3);
	assert_memory_equal(buf, "\0\0\0", 4);
	assert_int_equal(file_write(file, buf, 3), -EBADF);
	file_put(file);
}

static void
test_positions_are_checked(void **state)
{
	struct file *file;

	(void)state;
	assert_int_equal(vfs_open(NULL, "/d/e/f", O_RDWR, &file), 0);
	assert_int_equal(file_seek(file, -1, SEEK_SET), -EINVAL);
	assert_int_equal(file_seek(file, 7, SEEK_SET), 7);
	assert_int_equal(file_seek(file, -8, SEEK_CUR), -EINVAL);
	assert_int_equal(file_seek(file, INT64_MAX, SEEK_CUR), -EOVERFLOW);
	assert_int_equal(file_seek(file, 0, 3), -EINVAL);
	assert_int_equal(file_seek(file, 0, SEEK_CUR), 7);
	file_put(file);
}

static void
test_descriptors_are_the_lowest_free(void **state)
{
	struct fdtable table, child;
	struct file *file;

	(void)state;
	fdtable_init(&table);
	fdtable_init(&child);
	assert_int_equal(vfs_open(NULL, "/d/e/f", O_RDONLY, &file), 0);
	for (int fd = 0; fd < OPEN_MAX; fd++)
		assert_int_equal(fdtable_install(&table, file_get(file)), fd);
	assert_int_equal(fdtable_install(&table, file), -EMFILE);
	assert_int_equal(fdtable_close(&table, 3), 0);
	assert_int_equal(fdtable_close(&table, 3), -EBADF);
	assert_int_equal(fdtable_dup2(&table, 3, 4), -EBADF);
	assert_int_equal(fdtable_dup2(&table, 4, OPEN_MAX), -EBADF);
	assert_int_equal(fdtable_dup2(&table, 4, UINT64_MAX), -EBADF);
	assert_int_equal(fdtable_dup2(&table, 5, 5), 5);
	assert_int_equal(fdtable_dup2(&table, 5, 3), 3);
	fdtable_clone(&child, &table);
	assert_int_equal(file->refs, 1 + 2 * OPEN_MAX);
	fdtable_close_all(&table);
	fdtable_close_all(&child);
	assert_int_equal(file->refs, 1);
	assert_null(fdtable_get(&table, 0));
	assert_null(fdtable_get(&table, UINT64_MAX));
	file_put(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relative_paths_start_at_cwd),
		cmocka_unit_test(test_dots_and_slashes),
		cmocka_unit_test(test_dot_dot_leaves_a_mount),
		cmocka_unit_test(test_path_of_a_directory),
		cmocka_unit_test(test_empty_path_leads_nowhere),
		cmocka_unit_test(test_a_file_is_no_directory),
		cmocka_unit_test(test_names_and_paths_are_bounded),
		cmocka_unit_test(test_open_flags_are_checked),
		cmocka_unit_test(test_directories_are_not_written),
		cmocka_unit_test(test_making_what_is_there_fails),
		cmocka_unit_test(test_mounts_stay_where_they_are),
		cmocka_unit_test(test_synthetic_directories_cannot_be_changed),
		cmocka_unit_test(test_devices_open_for_redirection),
		cmocka_unit_test(test_positions_are_checked),
		cmocka_unit_test(test_descriptors_are_the_lowest_free),
	};

	return cmocka_run_group_tests(tests, setup_tree, NULL);
}
