/* SPDX-License-Identifier: MIT */
/* The clock chip, in guest time. */
/* links: vmm/dev/vrtc.c vmm/dev/calendar.c vmm/dev/vpic.c
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

#define SECOND 1000000000ull

static uint8_t
rtc_read(uint8_t reg)
{
	outb(b, 0x70, reg);
	return inb(b, 0x71);
}

static void
rtc_write(uint8_t reg, uint8_t value)
{
	outb(b, 0x70, reg);
	outb(b, 0x71, value);
}

/* Is line 8 high?  Through the slave, level-like: acknowledge nothing. */
static bool
line(void)
{
	outb(b, 0x20, 0x11);
	outb(b, 0x21, 0x20);
	outb(b, 0x21, 0x04);
	outb(b, 0x21, 0x01);
	outb(b, 0xa0, 0x11);
	outb(b, 0xa1, 0x28);
	outb(b, 0xa1, 0x02);
	outb(b, 0xa1, 0x01);
	return vbus_irq_pending(&b->bus);
}

static void
vrtc_shows_the_calendar_in_bcd(void **state)
{
	(void)state;
	b->boot_time = 1709211599; /* 2024-02-29 12:59:59 UTC, a Thursday */
	assert_int_equal(rtc_read(0), 0x59);
	assert_int_equal(rtc_read(2), 0x59);
	assert_int_equal(rtc_read(4), 0x12);
	assert_int_equal(rtc_read(6), 0x05);
	assert_int_equal(rtc_read(7), 0x29);
	assert_int_equal(rtc_read(8), 0x02);
	assert_int_equal(rtc_read(9), 0x24);
	assert_int_equal(rtc_read(0x32), 0x20);
}

static void
vrtc_time_goes_on(void **state)
{
	(void)state;
	b->boot_time = 1709211599;
	b->now = SECOND;
	assert_int_equal(rtc_read(0), 0x00);
	assert_int_equal(rtc_read(4), 0x13);
}

static void
vrtc_binary_and_12_hours(void **state)
{
	(void)state;
	b->boot_time = 1709211599;
	rtc_write(11, 0x04);
	assert_int_equal(rtc_read(0), 59);
	assert_int_equal(rtc_read(4), 0x80 | 12);
	b->now = 12 * 3600 * SECOND;
	assert_int_equal(rtc_read(4), 12); /* midnight */
	b->now = 13 * 3600 * SECOND;
	assert_int_equal(rtc_read(4), 1);
}

static void
vrtc_can_be_set(void **state)
{
	(void)state;
	rtc_write(11, 0x82); /* SET, 24 hours, BCD */
	rtc_write(0, 0x30);
	rtc_write(2, 0x15);
	rtc_write(4, 0x08);
	rtc_write(7, 0x01);
	rtc_write(8, 0x03);
	rtc_write(9, 0x25);
	rtc_write(0x32, 0x20);
	b->now = 100 * SECOND;
	assert_int_equal(rtc_read(0), 0x30); /* it is held */
	rtc_write(11, 0x02);
	b->now = 130 * SECOND;
	assert_int_equal(rtc_read(0), 0x00);
	assert_int_equal(rtc_read(2), 0x16);
	assert_int_equal(rtc_read(4), 0x08);
	assert_int_equal(rtc_read(7), 0x01);
	assert_int_equal(rtc_read(8), 0x03);
	assert_int_equal(rtc_read(9), 0x25);
	assert_int_equal(rtc_read(6), 0x07); /* a Saturday */
}

static void
vrtc_senseless_dates_do_no_harm(void **state)
{
	uint8_t reg;

	(void)state;
	rtc_write(11, 0x82);
	for (reg = 0; reg < 10; reg++)
		rtc_write(reg, 0xff);
	rtc_write(0x32, 0xff);
	rtc_write(11, 0x02);
	assert_true(rtc_read(8) >= 0x01 && rtc_read(8) <= 0x12);
}

static void
vrtc_says_when_an_update_is_near(void **state)
{
	(void)state;
	b->now = SECOND / 2;
	assert_int_equal(rtc_read(10) & 0x80, 0);
	b->now = SECOND - 1000000;
	assert_int_equal(rtc_read(10) & 0x80, 0x80);
	b->now = SECOND;
	assert_int_equal(rtc_read(10) & 0x80, 0);
}

static void
vrtc_flags_without_enables_give_no_interrupt(void **state)
{
	(void)state;
	fake_board_run_to(b, 2 * SECOND);
	assert_int_equal(vbus_deadline(&b->bus), VBUS_NEVER);
	assert_int_equal(rtc_read(12) & 0xd0, 0x50);
	assert_int_equal(rtc_read(12), 0);
	assert_false(line());
}

static void
vrtc_periodic_interrupt_at_its_rate(void **state)
{
	unsigned n = 0;

	(void)state;
	rtc_write(10, 0x26); /* 1024 Hz */
	rtc_write(11, 0x42);
	while (vbus_deadline(&b->bus) <= SECOND) {
		fake_board_run_to(b, vbus_deadline(&b->bus));
		assert_int_equal(rtc_read(12) & 0xc0, 0xc0);
		n++;
	}
	assert_int_equal(n, 1024);
}

static void
vrtc_unread_interrupt_stays_and_asks_for_no_ticks(void **state)
{
	(void)state;
	rtc_write(11, 0x42);
	fake_board_run_to(b, SECOND / 2);
	assert_int_equal(vbus_deadline(&b->bus), VBUS_NEVER);
	outb(b, 0x70, 12);
	assert_int_equal(inb(b, 0x71) & 0xc0, 0xc0);
	assert_int_not_equal(vbus_deadline(&b->bus), VBUS_NEVER);
}

static void
vrtc_update_interrupt_comes_each_second(void **state)
{
	(void)state;
	line();
	rtc_write(11, 0x12);
	assert_int_equal(vbus_deadline(&b->bus), SECOND);
	fake_board_run_to(b, SECOND);
	assert_true(vbus_irq_pending(&b->bus));
	assert_int_equal(vbus_irq_ack(&b->bus), 0x28);
}

static void
vrtc_alarm_matches_the_time_of_day(void **state)
{
	(void)state;
	rtc_write(1, 0x05);
	rtc_write(3, 0x00);
	rtc_write(5, 0x00);
	rtc_write(11, 0x22);
	fake_board_run_to(b, 4 * SECOND);
	assert_int_equal(rtc_read(12) & 0x20, 0);
	fake_board_run_to(b, 5 * SECOND);
	assert_int_equal(rtc_read(12) & 0xa0, 0xa0);
}

static void
vrtc_alarm_may_leave_fields_open(void **state)
{
	(void)state;
	rtc_write(1, 0x10);
	rtc_write(3, 0xc0);
	rtc_write(5, 0xff);
	rtc_write(11, 0x22);
	fake_board_run_to(b, 70 * SECOND);
	assert_int_equal(rtc_read(12) & 0xa0, 0xa0);
	fake_board_run_to(b, 75 * SECOND);
	assert_int_equal(rtc_read(12) & 0x20, 0);
	fake_board_run_to(b, 130 * SECOND);
	assert_int_equal(rtc_read(12) & 0x20, 0x20);
}

static void
vrtc_cmos_keeps_bytes(void **state)
{
	(void)state;
	rtc_write(0x7f, 0xa5);
	rtc_write(0x0e, 0x5a);
	assert_int_equal(rtc_read(0x7f), 0xa5);
	assert_int_equal(rtc_read(0x80 | 0x0e), 0x5a); /* NMI mask */
	assert_int_equal(inb(b, 0x70), 0x8e);
}

static void
vrtc_registers_c_and_d_are_read_only(void **state)
{
	(void)state;
	rtc_write(13, 0);
	rtc_write(12, 0xff);
	assert_int_equal(rtc_read(13), 0x80);
	assert_int_equal(rtc_read(12), 0);
}

#define model_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		model_test(vrtc_shows_the_calendar_in_bcd),
		model_test(vrtc_time_goes_on),
		model_test(vrtc_binary_and_12_hours),
		model_test(vrtc_can_be_set),
		model_test(vrtc_senseless_dates_do_no_harm),
		model_test(vrtc_says_when_an_update_is_near),
		model_test(vrtc_flags_without_enables_give_no_interrupt),
		model_test(vrtc_periodic_interrupt_at_its_rate),
		model_test(vrtc_unread_interrupt_stays_and_asks_for_no_ticks),
		model_test(vrtc_update_interrupt_comes_each_second),
		model_test(vrtc_alarm_matches_the_time_of_day),
		model_test(vrtc_alarm_may_leave_fields_open),
		model_test(vrtc_cmos_keeps_bytes),
		model_test(vrtc_registers_c_and_d_are_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
