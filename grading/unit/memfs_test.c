/* SPDX-License-Identifier: MIT */
/*
 * The in-memory tree, reached through paths and open files: names, contents,
 * and what happens when memory ends.
 *
 * Over 400 lines because names and contents share their helpers.
 */
/* links: kernel/fs/memfs.c kernel/fs/memfs_data.c kernel/fs/vnode.c
 * kernel/fs/file.c kernel/fs/path.c kernel/fs/mount.c kernel/fs/vfs.c
 * kernel/lib/errno.c grading/unit/fake_kernel.c */
#include "grading/unit/fake_kernel.h"

#include "kernel/fs/memfs.h"
#include "kernel/fs/vfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE 4096

/* -- helpers ---------------------------------------------------------------*/

/* Remove all that is in a directory. */
static void
empty_dir(const char *path)
{
	struct dirent ent;
	struct file *dir;
	char name[512];

	for (;;) {
		assert_int_equal(vfs_open(NULL, path, O_RDONLY, &dir), 0);
		if (file_readdir(dir, &ent) == 0)
			break;
		file_put(dir);
		snprintf(name, sizeof(name), "%s/%s", path, ent.name);
		if (ent.type == FT_DIR)
			empty_dir(name);
		assert_int_equal(vfs_unlink(NULL, name), 0);
	}
	file_put(dir);
}

/* Each test starts with an empty tree, and must leave no frame behind. */
static int
setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_reset();
	empty_dir("/");
	assert_int_equal(fake_frames_used, 0);
	return 0;
}

static struct file *
open_file(const char *path, int flags)
{
	struct file *file;

	assert_int_equal(vfs_open(NULL, path, flags, &file), 0);
	return file;
}

static void
make_file(const char *path, const char *text)
{
	struct file *file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);

	assert_int_equal(file_write(file, text, strlen(text)), strlen(text));
	file_put(file);
}

static void
make_dir(const char *path)
{
	assert_int_equal(vfs_create(NULL, path, FT_DIR), 0);
}

static void
expect_text(const char *path, const char *want)
{
	struct file *file = open_file(path, O_RDONLY);
	char buf[256];

	assert_int_equal(file_read_at(file, buf, sizeof(buf), 0), strlen(want));
	assert_memory_equal(buf, want, strlen(want));
	file_put(file);
}

static int
stat_path(const char *path, struct stat *st)
{
	struct vnode *vnode;
	int err = vfs_lookup(NULL, path, &vnode);

	if (err)
		return err;
	vnode_stat(vnode, st);
	vnode_put(vnode);
	return 0;
}

static void
expect_absent(const char *path)
{
	struct stat st;

	assert_int_equal(stat_path(path, &st), -ENOENT);
}

/* Give a new file contents that may not be written to. */
static void
make_initial(const char *path, const uint8_t *data, size_t size)
{
	struct vnode *vnode;

	assert_int_equal(vfs_create(NULL, path, FT_FILE), 0);
	assert_int_equal(vfs_lookup(NULL, path, &vnode), 0);
	memfs_set_contents(vnode, data, size);
	vnode_put(vnode);
}

static uint8_t
pattern(size_t i)
{
	return (uint8_t)(i * 7 + i / PAGE + 1);
}

/* -- contents --------------------------------------------------------------*/

static void
test_what_is_written_can_be_read(void **state)
{
	(void)state;
	make_file("/f", "hello");
	expect_text("/f", "hello");
}

static void
test_a_gap_reads_as_zeros(void **state)
{
	struct file *file = open_file("/f", O_RDWR | O_CREAT);
	uint8_t buf[3 * PAGE];

	(void)state;
	assert_int_equal(file_seek(file, 2 * PAGE + 5, SEEK_SET), 2 * PAGE + 5);
	assert_int_equal(file_write(file, "x", 1), 1);
	assert_int_equal(file_size(file), 2 * PAGE + 6);
	assert_int_equal(file_read_at(file, buf, sizeof(buf), 0), 2 * PAGE + 6);
	for (int i = 0; i < 2 * PAGE + 5; i++)
		assert_int_equal(buf[i], 0);
	assert_int_equal(buf[2 * PAGE + 5], 'x');
	file_put(file);
}

static void
test_initial_contents_are_never_written_to(void **state)
{
	static uint8_t initial[2 * PAGE + 100], buf[3 * PAGE];
	struct file *file;

	(void)state;
	for (size_t i = 0; i < sizeof(initial); i++)
		initial[i] = pattern(i);
	make_initial("/f", initial, sizeof(initial));
	file = open_file("/f", O_RDWR);
	assert_int_equal(file_seek(file, PAGE - 1, SEEK_SET), PAGE - 1);
	assert_int_equal(file_write(file, "XY", 2), 2);
	assert_int_equal(fake_frames_used, 2);
	assert_int_equal(
		file_read_at(file, buf, sizeof(buf), 0), sizeof(initial));
	for (size_t i = 0; i < sizeof(initial); i++) {
		uint8_t want = i == PAGE - 1 ? 'X'
			: i == PAGE	     ? 'Y'
					     : pattern(i);

		assert_int_equal(initial[i], pattern(i));
		assert_int_equal(buf[i], want);
	}
	file_put(file);
}

static void
test_shrinking_and_growing_leaves_zeros(void **state)
{
	static uint8_t initial[PAGE], buf[PAGE];
	struct file *file;

	(void)state;
	memset(initial, 'i', sizeof(initial));
	for (int written = 0; written < 2; written++) {
		make_initial("/f", initial, sizeof(initial));
		file = open_file("/f", O_RDWR);
		if (written)
			assert_int_equal(file_write(file, "w", 1), 1);
		assert_int_equal(
			file->vnode->ops->truncate(file->vnode, 10), 0);
		assert_int_equal(
			file->vnode->ops->truncate(file->vnode, PAGE), 0);
		assert_int_equal(file_read_at(file, buf, PAGE, 0), PAGE);
		assert_int_equal(buf[0], written ? 'w' : 'i');
		assert_int_equal(buf[9], 'i');
		for (int i = 10; i < PAGE; i++)
			assert_int_equal(buf[i], 0);
		file_put(file);
		assert_int_equal(vfs_unlink(NULL, "/f"), 0);
	}
}

static void
test_random_writes_match_a_model(void **state)
{
	static uint8_t initial[5 * PAGE], model[8 * PAGE], buf[8 * PAGE];
	size_t size = sizeof(initial);
	struct file *file;

	(void)state;
	srand(1);
	for (size_t i = 0; i < sizeof(initial); i++)
		model[i] = initial[i] = pattern(i);
	make_initial("/f", initial, size);
	file = open_file("/f", O_RDWR);
	for (int step = 0; step < 2000; step++) {
		size_t at = (size_t)rand() % (7 * PAGE);
		size_t n = (size_t)rand() % PAGE + 1;

		if (step % 10 == 0) {
			if (at < size)
				memset(model + at, 0, sizeof(model) - at);
			size = at;
			assert_int_equal(
				file->vnode->ops->truncate(file->vnode, size),
				0);
			continue;
		}
		memset(buf, step, n);
		memcpy(model + at, buf, n);
		file_seek(file, (int64_t)at, SEEK_SET);
		assert_int_equal(file_write(file, buf, n), n);
		size = at + n > size ? at + n : size;
		assert_int_equal(file_read_at(file, buf, sizeof(buf), 0), size);
		assert_memory_equal(buf, model, size);
	}
	file_put(file);
}

static void
test_append_goes_to_the_end(void **state)
{
	struct file *one, *two;

	(void)state;
	make_file("/f", "a");
	one = open_file("/f", O_WRONLY | O_APPEND);
	two = open_file("/f", O_RDWR | O_APPEND);
	assert_int_equal(file_write(one, "b", 1), 1);
	assert_int_equal(file_write(two, "c", 1), 1);
	assert_int_equal(file_write(one, "d", 1), 1);
	assert_int_equal(file_seek(two, 0, SEEK_CUR), 3);
	file_put(one);
	file_put(two);
	expect_text("/f", "abcd");
}

static void
test_size_is_bounded(void **state)
{
	struct file *file = open_file("/f", O_WRONLY | O_CREAT);

	(void)state;
	file_seek(file, MEMFS_FILE_MAX - 1, SEEK_SET);
	assert_int_equal(file_write(file, "xy", 2), 1);
	assert_int_equal(file_write(file, "y", 1), -EFBIG);
	assert_int_equal(file_seek(file, INT64_MAX, SEEK_SET), INT64_MAX);
	assert_int_equal(file_write(file, "y", 1), -EFBIG);
	assert_int_equal(
		file->vnode->ops->truncate(file->vnode, MEMFS_FILE_MAX + 1),
		-EFBIG);
	assert_int_equal(
		file->vnode->ops->truncate(file->vnode, UINT64_MAX), -EFBIG);
	assert_int_equal(file_size(file), MEMFS_FILE_MAX);
	file_put(file);
}

static void
test_truncating_open_empties(void **state)
{
	(void)state;
	make_file("/f", "long text");
	make_file("/f", "x");
	expect_text("/f", "x");
}

static void
test_open_data_lives_until_closed(void **state)
{
	struct file *file;
	char buf[8];

	(void)state;
	make_file("/f", "data");
	file = open_file("/f", O_RDWR);
	assert_int_equal(vfs_unlink(NULL, "/f"), 0);
	expect_absent("/f");
	assert_int_equal(fake_frames_used, 1);
	assert_int_equal(file_read(file, buf, sizeof(buf)), 4);
	make_file("/f", "other");
	assert_int_equal(file_read_at(file, buf, 4, 0), 4);
	assert_memory_equal(buf, "data", 4);
	file_put(file);
	expect_text("/f", "other");
	assert_int_equal(fake_frames_used, 1);
}

/* -- memory ----------------------------------------------------------------*/

static void
test_no_memory_is_no_space(void **state)
{
	struct file *file = open_file("/f", O_WRONLY | O_CREAT);

	(void)state;
	assert_int_equal(file_write(file, "a", 1), 1);
	fake_frames_free = 0;
	assert_int_equal(file_write(file, "b", 1), 1);
	file_seek(file, PAGE, SEEK_SET);
	assert_int_equal(file_write(file, "c", 1), -ENOSPC);
	assert_int_equal(vfs_create(NULL, "/g", FT_FILE), -ENOSPC);
	assert_int_equal(vfs_unlink(NULL, "/f"), 0);
	file_put(file);
}

static void
test_every_allocation_may_fail(void **state)
{
	char text[3 * PAGE];
	struct file *file;
	size_t limit = 0;
	int64_t n = 0;

	(void)state;
	memset(text, 't', sizeof(text));
	for (; n != (int64_t)sizeof(text); limit++) {
		int err;

		fake_allocations_left = limit;
		err = vfs_open(NULL, "/f", O_WRONLY | O_CREAT, &file);
		if (err) {
			assert_true(err == -ENOSPC || err == -ENOMEM);
			continue;
		}
		n = file_write(file, text, sizeof(text));
		assert_true(n == -ENOSPC || n == PAGE || n == 2 * PAGE ||
			n == 3 * PAGE);
		file_put(file);
		assert_int_equal(vfs_unlink(NULL, "/f"), 0);
		assert_int_equal(fake_frames_used, 0);
	}
	assert_int_equal(limit, 2 + 1 + 3 + 1); /* node, file, slots, pages */
}

/* -- names -----------------------------------------------------------------*/

static void
test_directory_must_be_empty_to_go(void **state)
{
	(void)state;
	make_dir("/d");
	make_file("/d/f", "");
	assert_int_equal(vfs_unlink(NULL, "/d"), -ENOTEMPTY);
	assert_int_equal(vfs_unlink(NULL, "/d/f"), 0);
	assert_int_equal(vfs_unlink(NULL, "/d/"), 0);
	expect_absent("/d");
}

static void
test_readdir_lists_each_entry_once(void **state)
{
	struct dirent ent;
	struct file *dir;

	(void)state;
	make_dir("/d");
	make_file("/d/a", "12345");
	make_dir("/d/b");
	dir = open_file("/d", O_RDONLY);
	assert_int_equal(file_readdir(dir, &ent), 1);
	assert_string_equal(ent.name, "a");
	assert_int_equal(ent.type, FT_FILE);
	assert_int_equal(ent.size, 5);
	assert_int_equal(file_readdir(dir, &ent), 1);
	assert_string_equal(ent.name, "b");
	assert_int_equal(ent.type, FT_DIR);
	assert_int_equal(file_readdir(dir, &ent), 0);
	file_put(dir);
}

static void
test_rename_moves_and_replaces(void **state)
{
	(void)state;
	make_dir("/d");
	make_file("/a", "A");
	make_file("/d/b", "B");
	assert_int_equal(vfs_rename(NULL, "/a", "/d/b"), 0);
	expect_absent("/a");
	expect_text("/d/b", "A");
	assert_int_equal(vfs_rename(NULL, "/d", "/e"), 0);
	expect_text("/e/b", "A");
}

static void
test_rename_to_itself_changes_nothing(void **state)
{
	(void)state;
	make_file("/a", "A");
	assert_int_equal(vfs_rename(NULL, "/a", "//a"), 0);
	expect_text("/a", "A");
}

static void
test_rename_makes_no_loops(void **state)
{
	(void)state;
	make_dir("/d");
	make_dir("/d/e");
	assert_int_equal(vfs_rename(NULL, "/d", "/d/f"), -EINVAL);
	assert_int_equal(vfs_rename(NULL, "/d", "/d/e/f"), -EINVAL);
	assert_int_equal(vfs_rename(NULL, "/d", "/d/e"), -EINVAL);
	assert_int_equal(vfs_rename(NULL, "/d/e", "/d"), -ENOTEMPTY);
}

static void
test_rename_keeps_kinds_apart(void **state)
{
	(void)state;
	make_dir("/d");
	make_dir("/empty");
	make_file("/f", "");
	assert_int_equal(vfs_rename(NULL, "/f", "/d"), -EISDIR);
	assert_int_equal(vfs_rename(NULL, "/d", "/f"), -ENOTDIR);
	assert_int_equal(vfs_rename(NULL, "/f", "/g/"), -ENOTDIR);
	assert_int_equal(vfs_rename(NULL, "/f/", "/g"), -ENOTDIR);
	assert_int_equal(vfs_rename(NULL, "/d/", "/empty/"), 0);
	assert_int_equal(vfs_rename(NULL, "/none", "/g"), -ENOENT);
	assert_int_equal(vfs_rename(NULL, "/f", "/none/g"), -ENOENT);
}

static void
test_removed_directory_takes_nothing_new(void **state)
{
	struct vnode *cwd;
	struct file *file;
	char path[PATH_MAX];

	(void)state;
	make_dir("/d");
	make_file("/f", "");
	assert_int_equal(vfs_lookup(NULL, "/d", &cwd), 0);
	assert_int_equal(vfs_unlink(NULL, "/d"), 0);
	assert_int_equal(
		vfs_open(cwd, "f", O_WRONLY | O_CREAT, &file), -ENOENT);
	assert_int_equal(vfs_create(cwd, "d", FT_DIR), -ENOENT);
	assert_int_equal(vfs_rename(cwd, "/f", "f"), -ENOENT);
	assert_int_equal(vfs_path(cwd, path, sizeof(path)), -ENOENT);
	vnode_put(cwd);
}

static void
test_numbers_are_unique(void **state)
{
	struct stat root, a, b;

	(void)state;
	make_file("/a", "");
	make_file("/b", "");
	assert_int_equal(stat_path("/", &root), 0);
	assert_int_equal(stat_path("/a", &a), 0);
	assert_int_equal(stat_path("/b", &b), 0);
	assert_true(a.ino != b.ino && a.ino != root.ino && b.ino != root.ino);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_written_can_be_read),
		TEST(test_a_gap_reads_as_zeros),
		TEST(test_initial_contents_are_never_written_to),
		TEST(test_shrinking_and_growing_leaves_zeros),
		TEST(test_random_writes_match_a_model),
		TEST(test_append_goes_to_the_end),
		TEST(test_size_is_bounded),
		TEST(test_truncating_open_empties),
		TEST(test_open_data_lives_until_closed),
		TEST(test_no_memory_is_no_space),
		TEST(test_every_allocation_may_fail),
		TEST(test_directory_must_be_empty_to_go),
		TEST(test_readdir_lists_each_entry_once),
		TEST(test_rename_moves_and_replaces),
		TEST(test_rename_to_itself_changes_nothing),
		TEST(test_rename_makes_no_loops),
		TEST(test_rename_keeps_kinds_apart),
		TEST(test_removed_directory_takes_nothing_new),
		TEST(test_numbers_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
