/* SPDX-License-Identifier: MIT */
/* The kernel log: what is kept, what is shown, and what a panic may do. */
/* links: kernel/lib/klog.c */
#include "kernel/lib/klog.h"

#include "kernel/cpu/spinlock.h"
#include "kernel/dev/console.h"
#include "kernel/lib/printf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char shown[1024];
static size_t shown_len;
static bool panicking;
static struct spinlock *held;

void
console_write(const char *s, size_t n)
{
	assert_null(held); /* output is slow: not under the log's lock */
	assert_true(shown_len + n < sizeof(shown));
	memcpy(shown + shown_len, s, n);
	shown_len += n;
	shown[shown_len] = '\0';
}

bool
console_in_panic(void)
{
	return panicking;
}

void
spin_lock(struct spinlock *lock)
{
	assert_null(held);
	held = lock;
}

void
spin_unlock(struct spinlock *lock)
{
	assert_ptr_equal(held, lock);
	held = NULL;
}

static int
setup(void **state)
{
	(void)state;
	shown_len = 0;
	shown[0] = '\0';
	panicking = false;
	held = NULL;
	klog_set_verbose(false);
	return 0;
}

/* What the log holds from a position on is this text. */
static void
expect_log(uint64_t pos, const char *want)
{
	char buf[1024];
	size_t n = klog_read(&pos, buf, sizeof(buf));

	assert_int_equal(n, strlen(want));
	assert_memory_equal(buf, want, n);
	assert_int_equal(pos, klog_end());
}

static void
test_quiet_lines_are_kept_and_not_shown(void **state)
{
	uint64_t pos = klog_end();

	(void)state;
	kprintf("number %d\n", 7);
	expect_log(pos, "number 7\n");
	assert_string_equal(shown, "");
}

static void
test_verbose_shows_all(void **state)
{
	uint64_t pos = klog_end();

	(void)state;
	klog_set_verbose(true);
	kprintf("detail\n");
	expect_log(pos, "detail\n");
	assert_string_equal(shown, "detail\n");
}

static void
test_warnings_are_kept_and_shown(void **state)
{
	uint64_t pos = klog_end();

	(void)state;
	kwarn("look: %s\n", "here");
	expect_log(pos, "look: here\n");
	assert_string_equal(shown, "look: here\n");
}

static void
test_long_line_is_cut_and_ended(void **state)
{
	uint64_t pos = klog_end();
	char line[600], buf[600];
	size_t n;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	kprintf("%s\n", line);
	n = klog_read(&pos, buf, sizeof(buf));
	assert_in_range(n, 100, 300);
	assert_int_equal(buf[n - 1], '\n');
	assert_int_equal(buf[n - 2], 'x');
}

static void
test_reader_goes_on_where_it_was(void **state)
{
	uint64_t pos = klog_end();
	char buf[4];

	(void)state;
	kprintf("abcdef");
	assert_int_equal(klog_read(&pos, buf, 4), 4);
	assert_memory_equal(buf, "abcd", 4);
	expect_log(pos, "ef");
	kprintf("gh");
	expect_log(pos, "efgh");
}

static void
test_late_reader_gets_the_newest_bytes(void **state)
{
	uint64_t pos = klog_end(), start = pos;
	static char buf[1 << 20];
	size_t n;

	(void)state;
	for (int i = 0; i < 20000; i++)
		kprintf("%05d\n", i);
	n = klog_read(&pos, buf, sizeof(buf));
	assert_int_equal(pos, start + 20000 * 6);
	assert_in_range(n, 1000, 20000 * 6 - 1);
	assert_memory_equal(buf + n - 12, "19998\n19999\n", 12);
}

static void
test_position_beyond_the_end_reads_nothing(void **state)
{
	uint64_t pos = UINT64_MAX;
	char c;

	(void)state;
	assert_int_equal(klog_read(&pos, &c, 1), 0);
	assert_int_equal(pos, UINT64_MAX);
}

static void
test_panic_does_not_wait_for_the_lock(void **state)
{
	uint64_t pos = klog_end();
	struct spinlock other;

	(void)state;
	held = &other; /* any lock would fail now */
	panicking = true;
	kprintf("last words\n");
	assert_ptr_equal(held, &other);
	held = NULL;
	panicking = false;
	expect_log(pos, "last words\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			test_quiet_lines_are_kept_and_not_shown, setup),
		cmocka_unit_test_setup(test_verbose_shows_all, setup),
		cmocka_unit_test_setup(test_warnings_are_kept_and_shown, setup),
		cmocka_unit_test_setup(test_long_line_is_cut_and_ended, setup),
		cmocka_unit_test_setup(test_reader_goes_on_where_it_was, setup),
		cmocka_unit_test_setup(
			test_late_reader_gets_the_newest_bytes, setup),
		cmocka_unit_test_setup(
			test_position_beyond_the_end_reads_nothing, setup),
		cmocka_unit_test_setup(
			test_panic_does_not_wait_for_the_lock, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
