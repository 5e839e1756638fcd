/* SPDX-License-Identifier: MIT */
/*
 * The ustar reader: what a sound archive yields, and each single lie in an
 * archive is refused with a reason and the place.
 *
 * Over 400 lines because each kind of lie is a test of its own.
 */
/* links: kernel/fs/tar.c */
#include "kernel/fs/tar.h"

#include "kernel/abi/errno.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK 512

/* An archive under construction; the reader gets an exact copy of it. */
struct archive {
	uint8_t bytes[32 * BLOCK];
	size_t size;
};

/* Compute the checksum of the header at p. */
static void
header_seal(uint8_t *p)
{
	unsigned sum = 0;

	memset(p + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += p[i];
	snprintf((char *)p + 148, 8, "%06o", sum & 0xffff);
}

/* Append an entry with data; returns its header. */
static uint8_t *
archive_add(struct archive *a, const char *name, char type, const char *data)
{
	uint8_t *p = a->bytes + a->size;
	size_t size = strlen(data);

	memset(p, 0, BLOCK);
	memcpy(p, name, strlen(name));
	snprintf((char *)p + 124, 12, "%011o", (unsigned)size & 0xffff);
	p[156] = (uint8_t)type;
	memcpy(p + 257,
		"ustar\0"
		"00",
		8);
	header_seal(p);
	memcpy(p + BLOCK, data, size);
	a->size += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
	return p;
}

static void
archive_end(struct archive *a)
{
	a->size += 2 * BLOCK;
}

/* Read all of an archive of exactly `size` bytes; the reader's last word. */
static int
archive_read(const struct archive *a, size_t size, struct tar *tar, char *list,
	size_t list_size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct tar_entry entry;
	size_t used = 0;
	int found;

	memcpy(copy, a->bytes, size);
	tar_init(tar, copy, size);
	list[0] = '\0';
	while ((found = tar_next(tar, &entry)) > 0)
		used += (size_t)snprintf(list + used, list_size - used,
			"%s%s=%.*s;", entry.path,
			entry.type == FT_DIR ? "/" : "", (int)entry.size,
			(const char *)entry.data);
	free(copy);
	return found;
}

/* The archive is sound and holds what `want` lists. */
static void
expect_entries(const struct archive *a, const char *want)
{
	char list[1024];
	struct tar tar;

	assert_int_equal(archive_read(a, a->size, &tar, list, sizeof(list)), 0);
	assert_string_equal(list, want);
}

/* The archive is refused with these words at this place. */
static void
expect_error(const struct archive *a, const char *words, size_t offset)
{
	char list[1024];
	struct tar tar;

	assert_int_equal(
		archive_read(a, a->size, &tar, list, sizeof(list)), -EINVAL);
	if (!strstr(tar.error, words))
		fail_msg("\"%s\" does not say \"%s\"", tar.error, words);
	assert_int_equal(tar.error_offset, offset);
}

static void
test_yields_files_and_directories(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "bin/", '5', "");
	archive_add(&a, "bin/sh", '0', "shell");
	archive_add(&a, "empty", '0', "");
	archive_end(&a);
	expect_entries(&a, "bin/=;bin/sh=shell;empty=;");
}

static void
test_empty_archive_has_no_entries(void **state)
{
	struct archive a = { 0 };

	(void)state;
	expect_entries(&a, "");
	archive_end(&a);
	expect_entries(&a, "");
}

static void
test_old_and_contiguous_types_are_files(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "a", '\0', "1");
	archive_add(&a, "b", '7', "2");
	expect_entries(&a, "a=1;b=2;");
}

static void
test_names_are_made_plain(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "./", '5', "");
	archive_add(&a, "./a", '0', "1");
	archive_add(&a, "//b//c", '0', "2");
	archive_add(&a, "d/./e/", '5', "");
	expect_entries(&a, "a=1;b/c=2;d/e/=;");
}

static void
test_prefix_comes_before_name(void **state)
{
	struct archive a = { 0 };
	uint8_t *p = archive_add(&a, "name", '0', "1");

	(void)state;
	memcpy(p + 345, "some/prefix", 11);
	header_seal(p);
	expect_entries(&a, "some/prefix/name=1;");
}

static void
test_name_may_fill_its_field(void **state)
{
	struct archive a = { 0 };
	char name[101], want[128];
	uint8_t *p;

	(void)state;
	memset(name, 'n', 100);
	name[50] = '/';
	name[100] = '\0';
	p = archive_add(&a, name, '0', "1");
	p[100] = '0'; /* the mode follows at once */
	header_seal(p);
	snprintf(want, sizeof(want), "%s=1;", name);
	expect_entries(&a, want);
}

static void
test_gnu_header_has_no_prefix(void **state)
{
	struct archive a = { 0 };
	uint8_t *p = archive_add(&a, "name", '0', "1");

	(void)state;
	memcpy(p + 257, "ustar  ", 8);
	memcpy(p + 345, "1234567", 7);
	header_seal(p);
	expect_entries(&a, "name=1;");
}

static void
test_archives_may_follow_each_other(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "a", '0', "1");
	archive_end(&a);
	a.size += 3 * BLOCK;
	archive_add(&a, "b", '0', "2");
	archive_end(&a);
	a.size += 100; /* padding that is no block */
	expect_entries(&a, "a=1;b=2;");
}

static void
test_last_padding_may_be_missing(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "a", '0', "12345");
	a.size -= BLOCK - 5;
	expect_entries(&a, "a=12345;");
}

static void
test_every_cut_is_sound_or_refused(void **state)
{
	struct archive a = { 0 };
	char list[1024];
	struct tar tar;

	(void)state;
	archive_add(&a, "a", '0', "12345");
	archive_add(&a, "b", '0', "6789");
	for (size_t size = 0; size < a.size; size++) {
		int r = archive_read(&a, size, &tar, list, sizeof(list));

		if (size == 0 || (size >= BLOCK + 5 && size <= 2 * BLOCK) ||
			size >= 3 * BLOCK + 4)
			assert_int_equal(r, 0);
		else
			assert_int_equal(r, -EINVAL);
	}
}

static void
test_refuses_text(void **state)
{
	struct archive a = { .size = BLOCK };

	(void)state;
	memset(a.bytes, 'x', BLOCK);
	expect_error(&a, "no ustar header", 0);
}

static void
test_refuses_a_wrong_checksum(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "a", '0', "1");
	archive_add(&a, "b", '0', "2")[0] ^= 1;
	expect_error(&a, "checksum", 2 * BLOCK);
}

static void
test_refuses_a_size_that_is_not_octal(void **state)
{
	struct archive a = { 0 };
	uint8_t *p = archive_add(&a, "a", '0', "1");

	(void)state;
	p[124] = 0x80; /* GNU tar's base 256 */
	header_seal(p);
	expect_error(&a, "octal", 0);
	memcpy(p + 124, "00000000009", 11);
	header_seal(p);
	expect_error(&a, "octal", 0);
}

static void
test_refuses_data_beyond_the_end(void **state)
{
	struct archive a = { 0 };
	uint8_t *p = archive_add(&a, "a", '0', "1");

	(void)state;
	memcpy(p + 124, "00000001001", 11); /* one byte more than a block */
	header_seal(p);
	expect_error(&a, "behind the archive's end", 0);
	memcpy(p + 124, "777777777777", 12);
	header_seal(p);
	expect_error(&a, "behind the archive's end", 0);
}

static void
test_refuses_dot_dot(void **state)
{
	static const char *const names[] = { "..", "../a", "a/../b", "a/.." };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct archive a = { 0 };

		archive_add(&a, names[i], '0', "1");
		expect_error(&a, "\"..\"", 0);
	}
}

static void
test_takes_dots_in_names(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "..a/b../...", '0', "1");
	expect_entries(&a, "..a/b../...=1;");
}

static void
test_refuses_names_that_are_too_long(void **state)
{
	struct archive a = { 0 };
	char name[NAME_MAX + 2] = "";

	(void)state;
	memset(name, 'n', NAME_MAX + 1);
	archive_add(&a, name, '0', "1");
	expect_error(&a, "name is too long", 0);
}

static void
test_refuses_paths_that_are_too_long(void **state)
{
	struct archive a = { 0 };
	uint8_t *p;
	char deep[100], want[300];

	(void)state;
	for (int i = 0; i < 99; i++)
		deep[i] = i % 50 == 49 ? '/' : 'd';
	deep[99] = '\0';
	p = archive_add(&a, deep, '0', "1");
	for (int i = 0; i < 155; i++)
		p[345 + i] = i % 50 == 49 ? '/' : 'p';
	header_seal(p);
	/* 155 + 1 + 99 bytes and the NUL are just PATH_MAX */
	assert_int_equal(155 + 1 + 99 + 1, PATH_MAX);
	snprintf(want, sizeof(want), "%.155s/%s=1;", (char *)p + 345, deep);
	expect_entries(&a, want);
	p[100 - 1] = 'd';
	header_seal(p);
	expect_error(&a, "path is too long", 0);
}

static void
test_refuses_what_the_tree_cannot_hold(void **state)
{
	static const struct {
		char type;
		const char *words;
	} kinds[] = {
		{ '1', "links" },
		{ '2', "links" },
		{ '3', "device" },
		{ '4', "device" },
		{ '6', "FIFO" },
		{ 'x', "unknown type" },
		{ 'g', "unknown type" },
		{ 'L', "unknown type" },
		{ 'K', "unknown type" },
		{ '9', "unknown type" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct archive a = { 0 };

		archive_add(&a, "a", kinds[i].type, "");
		expect_error(&a, kinds[i].words, 0);
	}
}

static void
test_refuses_a_directory_with_data(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "d", '5', "1");
	expect_error(&a, "directory", 0);
}

static void
test_refuses_a_file_without_a_name(void **state)
{
	struct archive a = { 0 };

	(void)state;
	archive_add(&a, "./", '0', "1");
	expect_error(&a, "no name", 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yields_files_and_directories),
		cmocka_unit_test(test_empty_archive_has_no_entries),
		cmocka_unit_test(test_old_and_contiguous_types_are_files),
		cmocka_unit_test(test_names_are_made_plain),
		cmocka_unit_test(test_prefix_comes_before_name),
		cmocka_unit_test(test_name_may_fill_its_field),
		cmocka_unit_test(test_gnu_header_has_no_prefix),
		cmocka_unit_test(test_archives_may_follow_each_other),
		cmocka_unit_test(test_last_padding_may_be_missing),
		cmocka_unit_test(test_every_cut_is_sound_or_refused),
		cmocka_unit_test(test_refuses_text),
		cmocka_unit_test(test_refuses_a_wrong_checksum),
		cmocka_unit_test(test_refuses_a_size_that_is_not_octal),
		cmocka_unit_test(test_refuses_data_beyond_the_end),
		cmocka_unit_test(test_refuses_dot_dot),
		cmocka_unit_test(test_takes_dots_in_names),
		cmocka_unit_test(test_refuses_names_that_are_too_long),
		cmocka_unit_test(test_refuses_paths_that_are_too_long),
		cmocka_unit_test(test_refuses_what_the_tree_cannot_hold),
		cmocka_unit_test(test_refuses_a_directory_with_data),
		cmocka_unit_test(test_refuses_a_file_without_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
