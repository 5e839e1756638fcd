/* SPDX-License-Identifier: MIT */
/* The ports by which a machine ends. */
/* links: vmm/dev/vpower.c
 * vmm/dev/vbus.c vmm/dev/vbus_range.c vmm/state.c
 * grading/unit/fake_board.c grading/unit/fake_kernel.c */
#include "grading/unit/fake_board.h"
#include "grading/unit/fake_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct fake_board board;
#define b (&board)

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	fake_board_start(b);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_board_end(b);
	return 0;
}

static void
vpower_debug_exit_gives_the_status(void **state)
{
	(void)state;
	outb(b, 0xf4, 7);
	assert_int_equal(b->stops, 1);
	assert_int_equal(b->reason, VBUS_STOP_EXIT);
	assert_int_equal(b->status, 7);
}

static void
vpower_debug_exit_takes_2_and_4_bytes(void **state)
{
	(void)state;
	fake_out(b, 0xf4, 4, 3);
	assert_int_equal(b->stops, 1);
	assert_int_equal(b->status, 3);
	fake_out(b, 0xf4, 2, 5);
	assert_int_equal(b->stops, 2);
}

static void
vpower_debug_exit_status_has_7_bits(void **state)
{
	(void)state;
	fake_out(b, 0xf4, 4, 0xffffffff);
	assert_int_equal(b->status, 127);
}

static void
vpower_panic_port_says_that_it_is_there(void **state)
{
	(void)state;
	assert_int_equal(inb(b, 0x505), 1);
	outb(b, 0x505, 2);
	assert_int_equal(b->stops, 0);
	outb(b, 0x505, 1);
	assert_int_equal(b->reason, VBUS_STOP_PANIC);
}

static void
vpower_acpi_sleep_powers_off(void **state)
{
	(void)state;
	fake_out(b, 0x604, 2, 0x2000);
	assert_int_equal(b->stops, 1);
	assert_int_equal(b->reason, VBUS_STOP_POWEROFF);
}

static void
vpower_acpi_sleep_by_bytes(void **state)
{
	(void)state;
	outb(b, 0x604, 0x01);
	assert_int_equal(b->stops, 0);
	outb(b, 0x605, 0x20);
	assert_int_equal(b->stops, 1);
}

static void
vpower_acpi_other_sleep_types_do_nothing(void **state)
{
	(void)state;
	fake_out(b, 0x604, 2, 0x3400);
	assert_int_equal(b->stops, 0);
	assert_int_equal(fake_in(b, 0x604, 2), 0x1400);
}

static void
vpower_keyboard_controller_resets(void **state)
{
	(void)state;
	outb(b, 0x64, 0xd1);
	assert_int_equal(b->stops, 0);
	outb(b, 0x64, 0xfe);
	assert_int_equal(b->reason, VBUS_STOP_RESET);
	assert_int_equal(inb(b, 0x64) & 0x03, 0);
}

static void
vpower_reset_control_resets(void **state)
{
	(void)state;
	outb(b, 0xcf9, 0x02);
	assert_int_equal(b->stops, 0);
	outb(b, 0xcf9, 0x06);
	assert_int_equal(b->stops, 1);
	assert_int_equal(b->reason, VBUS_STOP_RESET);
}

static void
vpower_control_a_keeps_a20_and_resets(void **state)
{
	(void)state;
	outb(b, 0x92, 0x02);
	assert_int_equal(inb(b, 0x92), 0x02);
	assert_int_equal(b->stops, 0);
	outb(b, 0x92, 0x03);
	assert_int_equal(b->stops, 1);
}

#define model_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		model_test(vpower_debug_exit_gives_the_status),
		model_test(vpower_debug_exit_takes_2_and_4_bytes),
		model_test(vpower_debug_exit_status_has_7_bits),
		model_test(vpower_panic_port_says_that_it_is_there),
		model_test(vpower_acpi_sleep_powers_off),
		model_test(vpower_acpi_sleep_by_bytes),
		model_test(vpower_acpi_other_sleep_types_do_nothing),
		model_test(vpower_keyboard_controller_resets),
		model_test(vpower_reset_control_resets),
		model_test(vpower_control_a_keeps_a20_and_resets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
