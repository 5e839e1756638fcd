/* SPDX-License-Identifier: MIT */
/* Pipes: order, ends, whole writes and readiness. */
/* links: kernel/fs/pipe.c kernel/fs/file.c kernel/fs/vnode.c
 * grading/unit/fake_kernel.c */
#include "grading/unit/fake_kernel.h"

#include "kernel/fs/pipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct file *reader, *writer;
static unsigned notified;

void
poll_notify(void)
{
	notified++;
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	return pipe_create(&reader, &writer);
}

/* Sanitizers see to it that both ends leave nothing behind. */
static int
teardown(void **state)
{
	(void)state;
	file_put(reader);
	file_put(writer);
	return 0;
}

static unsigned
poll_file(struct file *file)
{
	return file->vnode->ops->poll(file);
}

static int
sleep_is_killed(void)
{
	return -EINTR;
}

static int
sleep_until_writer_is_gone(void)
{
	file_put(writer);
	writer = NULL;
	return 0;
}

static int
sleep_until_text_comes(void)
{
	assert_int_equal(file_write(writer, "text", 4), 4);
	return 0;
}

static int
sleep_until_a_byte_is_read(void)
{
	char c;

	assert_int_equal(file_read(reader, &c, 1), 1);
	return 0;
}

static void
test_bytes_come_in_order(void **state)
{
	uint8_t in[100], out[100], next_in = 0, next_out = 0;

	(void)state;
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < 100; i++)
			in[i] = next_in++;
		assert_int_equal(file_write(writer, in, 100), 100);
		assert_int_equal(file_read(reader, out, 60), 60);
		assert_int_equal(file_read(reader, out + 60, 100), 40);
		for (int i = 0; i < 100; i++)
			assert_int_equal(out[i], next_out++);
	}
}

static void
test_ends_are_for_one_direction(void **state)
{
	char c = 'c';

	(void)state;
	assert_int_equal(file_write(reader, &c, 1), -EBADF);
	assert_int_equal(file_read(writer, &c, 1), -EBADF);
	assert_int_equal(file_seek(reader, 0, SEEK_SET), -ESPIPE);
	assert_int_equal(file_read_at(reader, &c, 1, 0), -ESPIPE);
}

static void
test_end_comes_after_the_last_byte(void **state)
{
	char buf[8];

	(void)state;
	file_write(writer, "end", 3);
	file_put(writer);
	writer = NULL;
	assert_int_equal(file_read(reader, buf, sizeof(buf)), 3);
	assert_int_equal(file_read(reader, buf, sizeof(buf)), 0);
}

static void
test_reader_waits_for_bytes(void **state)
{
	char buf[8];

	(void)state;
	fake_sleep = sleep_until_text_comes;
	assert_int_equal(file_read(reader, buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "text", 4);
}

static void
test_waiting_reader_sees_the_end(void **state)
{
	char c;

	(void)state;
	fake_sleep = sleep_until_writer_is_gone;
	assert_int_equal(file_read(reader, &c, 1), 0);
}

static void
test_killed_reader_gives_up(void **state)
{
	char c;

	(void)state;
	fake_sleep = sleep_is_killed;
	assert_int_equal(file_read(reader, &c, 1), -EINTR);
}

static void
test_nobody_reads(void **state)
{
	(void)state;
	file_put(reader);
	reader = NULL;
	assert_int_equal(file_write(writer, "x", 1), -EPIPE);
}

static void
test_writes_stay_whole(void **state)
{
	static char block[PIPE_BUF];
	struct stat st;

	(void)state;
	assert_int_equal(file_write(writer, block, 10), 10);
	assert_int_equal(file_write(writer, block, PIPE_BUF), PIPE_BUF);
	vnode_stat(reader->vnode, &st);
	while (st.size + PIPE_BUF <= 2 * PIPE_BUF) {
		assert_int_equal(file_write(writer, block, PIPE_BUF), PIPE_BUF);
		vnode_stat(reader->vnode, &st);
	}
	/* ten bytes too few for a whole block: it waits for ten reads */
	fake_sleep = sleep_until_a_byte_is_read;
	assert_int_equal(file_write(writer, block, PIPE_BUF), PIPE_BUF);
	vnode_stat(reader->vnode, &st);
	assert_int_equal(st.size, 2 * PIPE_BUF);
	fake_sleep = sleep_is_killed;
	assert_int_equal(file_write(writer, block, 1), -EINTR);
	vnode_stat(reader->vnode, &st);
	assert_int_equal(st.size, 2 * PIPE_BUF);
}

static void
test_readiness(void **state)
{
	char c;

	(void)state;
	assert_int_equal(poll_file(reader), 0);
	assert_int_equal(poll_file(writer), POLLOUT);
	notified = 0;
	file_write(writer, "x", 1);
	assert_int_equal(notified, 1);
	assert_int_equal(poll_file(reader), POLLIN);
	file_read(reader, &c, 1);
	assert_int_equal(notified, 2);
	file_put(writer);
	writer = NULL;
	assert_int_equal(notified, 3);
	assert_int_equal(poll_file(reader), POLLHUP);
}

static void
test_every_allocation_may_fail(void **state)
{
	struct file *r, *w;
	size_t limit = 0;
	int err;

	(void)state;
	do {
		fake_allocations_left = limit++;
		err = pipe_create(&r, &w);
		assert_true(err == 0 || err == -ENOMEM);
	} while (err);
	assert_int_equal(limit, 5); /* pipe, ring and two files */
	file_put(r);
	file_put(w);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bytes_come_in_order),
		TEST(test_ends_are_for_one_direction),
		TEST(test_end_comes_after_the_last_byte),
		TEST(test_reader_waits_for_bytes),
		TEST(test_waiting_reader_sees_the_end),
		TEST(test_killed_reader_gives_up),
		TEST(test_nobody_reads),
		TEST(test_writes_stay_whole),
		TEST(test_readiness),
		TEST(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
