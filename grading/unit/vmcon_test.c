/* SPDX-License-Identifier: MIT */
/* A VM's console: rings, waiting, the end, and back-pressure. */
/* links: vmm/vmcon.c grading/unit/fake_kernel.c */
#include "vmm/vmcon.h"

#include "grading/unit/fake_kernel.h"
#include "kernel/abi/errno.h"
#include "kernel/abi/syscall.h"
#include "kernel/fs/vnode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct vmcon *con;
static unsigned notified, slept;
static bool stopping;

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
	notified = slept = 0;
	stopping = false;
	con = vmcon_create();
	return !con;
}

static int
teardown(void **state)
{
	(void)state;
	vmcon_put(con);
	return 0;
}

static void
print(const char *text)
{
	while (*text)
		vmcon_print(con, (uint8_t)*text++);
}

static void
print_n(size_t n)
{
	while (n--)
		vmcon_print(con, (uint8_t)n);
}

static void
vmcon_reads_what_was_printed(void **state)
{
	char buf[16];

	(void)state;
	print("hello");
	assert_int_equal(vmcon_read(con, buf, 3), 3);
	assert_int_equal(vmcon_read(con, buf + 3, 13), 2);
	assert_memory_equal(buf, "hello", 5);
}

static int
sleep_until_printed(void)
{
	slept++;
	print("late");
	return 0;
}

static void
vmcon_read_waits_for_output(void **state)
{
	char buf[16];

	(void)state;
	fake_sleep = sleep_until_printed;
	assert_int_equal(vmcon_read(con, buf, 16), 4);
	assert_int_equal(slept, 1);
}

static int
sleep_killed(void)
{
	return -EINTR;
}

static void
vmcon_read_of_a_killed_thread_gives_up(void **state)
{
	char buf[16];

	(void)state;
	fake_sleep = sleep_killed;
	assert_int_equal(vmcon_read(con, buf, 16), -EINTR);
}

static void
vmcon_read_at_the_end_gives_the_rest_then_0(void **state)
{
	char buf[16];

	(void)state;
	print("bye");
	vmcon_end(con, true);
	assert_int_equal(vmcon_read(con, buf, 16), 3);
	assert_int_equal(vmcon_read(con, buf, 16), 0);
}

static void
vmcon_without_reader_keeps_the_last_bytes(void **state)
{
	uint8_t buf[VMCON_OUT];

	(void)state;
	print_n(VMCON_OUT);
	print("end");
	assert_int_equal(vmcon_throttle(con, &stopping), 0);
	assert_int_equal(vmcon_read(con, buf, sizeof(buf)), VMCON_OUT);
	assert_memory_equal(buf + VMCON_OUT - 3, "end", 3);
}

static int
sleep_until_read(void)
{
	uint8_t buf[VMCON_OUT_MARK];

	slept++;
	assert_true(vmcon_read(con, buf, sizeof(buf)) > 0);
	return 0;
}

static void
vmcon_with_reader_holds_the_guest(void **state)
{
	(void)state;
	vmcon_open(con);
	print_n(VMCON_OUT_MARK);
	assert_int_equal(vmcon_throttle(con, &stopping), 0);
	assert_true(vmcon_print(con, 'x'));
	fake_sleep = sleep_until_read;
	assert_int_equal(vmcon_throttle(con, &stopping), 0);
	assert_int_equal(slept, 1);
	vmcon_close(con);
}

static int
sleep_until_closed(void)
{
	slept++;
	vmcon_close(con);
	return 0;
}

static void
vmcon_lets_the_guest_go_when_its_reader_goes(void **state)
{
	(void)state;
	vmcon_open(con);
	print_n(VMCON_OUT_MARK + 1);
	fake_sleep = sleep_until_closed;
	assert_int_equal(vmcon_throttle(con, &stopping), 0);
	assert_int_equal(slept, 1);
}

static int
sleep_until_stopping(void)
{
	slept++;
	stopping = true;
	vmcon_wake(con);
	return 0;
}

static void
vmcon_lets_a_stopping_guest_go(void **state)
{
	(void)state;
	vmcon_open(con);
	print_n(VMCON_OUT_MARK + 1);
	fake_sleep = sleep_until_stopping;
	assert_int_equal(vmcon_throttle(con, &stopping), 0);
	assert_int_equal(slept, 1);
	vmcon_close(con);
}

static void
vmcon_input_is_peeked_then_taken(void **state)
{
	uint8_t buf[8];

	(void)state;
	assert_int_equal(vmcon_write(con, "abcdef", 6), 6);
	assert_int_equal(vmcon_peek_input(con, buf, 4), 4);
	assert_memory_equal(buf, "abcd", 4);
	vmcon_take_input(con, 2);
	assert_int_equal(vmcon_peek_input(con, buf, 8), 4);
	assert_memory_equal(buf, "cdef", 4);
}

static int
sleep_until_taken(void)
{
	slept++;
	vmcon_take_input(con, 10);
	return 0;
}

static void
vmcon_write_waits_for_room(void **state)
{
	uint8_t big[2 * VMCON_IN] = { 0 };

	(void)state;
	assert_int_equal(vmcon_write(con, big, sizeof(big)), VMCON_IN);
	fake_sleep = sleep_until_taken;
	assert_int_equal(vmcon_write(con, big, sizeof(big)), 10);
	assert_int_equal(slept, 1);
}

static void
vmcon_write_at_the_end_is_refused(void **state)
{
	(void)state;
	vmcon_end(con, true);
	assert_int_equal(vmcon_write(con, "x", 1), -EPIPE);
}

static void
vmcon_poll_says_what_would_not_wait(void **state)
{
	uint8_t big[VMCON_IN] = { 0 };

	(void)state;
	assert_int_equal(vmcon_poll(con), POLLOUT);
	print("x");
	assert_int_equal(vmcon_poll(con), POLLIN | POLLOUT);
	vmcon_write(con, big, sizeof(big));
	assert_int_equal(vmcon_poll(con), POLLIN);
	vmcon_end(con, true);
	assert_int_equal(vmcon_poll(con), POLLIN | POLLHUP);
}

static void
vmcon_changes_of_poll_are_notified(void **state)
{
	unsigned before;

	(void)state;
	before = notified;
	print("x");
	assert_true(notified > before);
	before = notified;
	vmcon_end(con, true);
	assert_true(notified > before);
}

#define vmcon_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		vmcon_test(vmcon_reads_what_was_printed),
		vmcon_test(vmcon_read_waits_for_output),
		vmcon_test(vmcon_read_of_a_killed_thread_gives_up),
		vmcon_test(vmcon_read_at_the_end_gives_the_rest_then_0),
		vmcon_test(vmcon_without_reader_keeps_the_last_bytes),
		vmcon_test(vmcon_with_reader_holds_the_guest),
		vmcon_test(vmcon_lets_the_guest_go_when_its_reader_goes),
		vmcon_test(vmcon_lets_a_stopping_guest_go),
		vmcon_test(vmcon_input_is_peeked_then_taken),
		vmcon_test(vmcon_write_waits_for_room),
		vmcon_test(vmcon_write_at_the_end_is_refused),
		vmcon_test(vmcon_poll_says_what_would_not_wait),
		vmcon_test(vmcon_changes_of_poll_are_notified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
