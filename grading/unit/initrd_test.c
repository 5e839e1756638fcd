/* SPDX-License-Identifier: MIT */
/* From an archive to the tree: what is made, and what a bad one leaves. */
/* links: kernel/fs/initrd.c kernel/fs/tar.c kernel/fs/memfs.c
 * kernel/fs/memfs_data.c kernel/fs/vnode.c kernel/fs/file.c kernel/fs/path.c
 * kernel/fs/mount.c kernel/fs/vfs.c kernel/lib/errno.c
 * grading/unit/fake_kernel.c */
#include "grading/unit/fake_kernel.h"

#include "kernel/boot/boot.h"
#include "kernel/fs/initrd.h"
#include "kernel/fs/vfs.h"
#include "kernel/lib/initcall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK 512

/* Contents stay in the archive, so each test has one of its own. */
struct archive {
	uint8_t bytes[8 * BLOCK];
	size_t size;
};

LINKSET_DECLARE(struct initcall, initcalls);

static struct bootinfo info;

const struct bootinfo *
boot_info(void)
{
	return &info;
}

static void
archive_add(struct archive *a, const char *name, char type, const char *data)
{
	uint8_t *p = a->bytes + a->size;
	unsigned sum = 0, size = strlen(data) & 0xfff;

	snprintf((char *)p, 100, "%s", name);
	snprintf((char *)p + 124, 12, "%011o", size);
	memset(p + 148, ' ', 8);
	p[156] = (uint8_t)type;
	memcpy(p + 257,
		"ustar\0"
		"00",
		8);
	for (int i = 0; i < BLOCK; i++)
		sum += p[i];
	snprintf((char *)p + 148, 8, "%06o", sum & 0xffff);
	memcpy(p + BLOCK, data, size);
	a->size += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
}

static void
expect_text(const char *path, const char *want)
{
	struct file *file;
	char buf[64];

	assert_int_equal(vfs_open(NULL, path, O_RDONLY, &file), 0);
	assert_int_equal(file_read_at(file, buf, sizeof(buf), 0), strlen(want));
	assert_memory_equal(buf, want, strlen(want));
	file_put(file);
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static void
test_missing_directories_are_made(void **state)
{
	static struct archive a;

	(void)state;
	archive_add(&a, "one/two/three", '0', "deep");
	archive_add(&a, "one/", '5', "");
	assert_int_equal(initrd_unpack(a.bytes, a.size), 0);
	expect_text("/one/two/three", "deep");
	assert_string_equal(fake_log, "");
}

static void
test_contents_are_not_copied(void **state)
{
	static struct archive a;
	size_t frames = fake_frames_used;

	(void)state;
	archive_add(&a, "file", '0', "text");
	assert_int_equal(initrd_unpack(a.bytes, a.size), 0);
	assert_int_equal(fake_frames_used, frames);
	expect_text("/file", "text");
}

static void
test_later_entry_replaces_earlier_one(void **state)
{
	static struct archive a;

	(void)state;
	archive_add(&a, "twice", '0', "first");
	archive_add(&a, "twice", '0', "2nd");
	assert_int_equal(initrd_unpack(a.bytes, a.size), 0);
	expect_text("/twice", "2nd");
}

static void
test_bad_archive_is_named_and_the_rest_stays(void **state)
{
	static struct archive a;

	(void)state;
	archive_add(&a, "good", '0', "kept");
	archive_add(&a, "bad", '0', "lost");
	a.bytes[2 * BLOCK] ^= 1;
	assert_int_equal(initrd_unpack(a.bytes, a.size), -EINVAL);
	expect_text("/good", "kept");
	assert_non_null(strstr(fake_log, "at byte 1024 of 2048"));
	assert_non_null(strstr(fake_log, "checksum"));
}

static void
test_file_in_the_way_is_named(void **state)
{
	static struct archive a;

	(void)state;
	archive_add(&a, "way", '0', "");
	archive_add(&a, "way/file", '0', "");
	assert_int_equal(initrd_unpack(a.bytes, a.size), -ENOTDIR);
	assert_non_null(strstr(fake_log, "/way/file: not a directory;"));
}

static void
test_directory_in_the_way_is_named(void **state)
{
	static struct archive a;

	(void)state;
	archive_add(&a, "dir/", '5', "");
	archive_add(&a, "dir", '0', "");
	assert_int_equal(initrd_unpack(a.bytes, a.size), -EISDIR);
	assert_non_null(strstr(fake_log, "/dir: is a directory;"));
}

static void
test_no_memory_is_named(void **state)
{
	static struct archive a;

	(void)state;
	archive_add(&a, "unlucky", '0', "");
	fake_allocations_left = 0;
	assert_int_equal(initrd_unpack(a.bytes, a.size), -ENOSPC);
	assert_non_null(strstr(fake_log, "/unlucky: no space left;"));
}

static void
test_no_initrd_is_said(void **state)
{
	const struct initcall *call;

	(void)state;
	linkset_for_each (call, initcalls)
		call->fn();
	assert_non_null(strstr(fake_log, "initrd: the boot loader gave none"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			test_missing_directories_are_made, setup),
		cmocka_unit_test_setup(test_contents_are_not_copied, setup),
		cmocka_unit_test_setup(
			test_later_entry_replaces_earlier_one, setup),
		cmocka_unit_test_setup(
			test_bad_archive_is_named_and_the_rest_stays, setup),
		cmocka_unit_test_setup(test_file_in_the_way_is_named, setup),
		cmocka_unit_test_setup(
			test_directory_in_the_way_is_named, setup),
		cmocka_unit_test_setup(test_no_memory_is_named, setup),
		cmocka_unit_test_setup(test_no_initrd_is_said, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
