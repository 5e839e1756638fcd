/* SPDX-License-Identifier: MIT */
/* The 8254 and port 0x61, in guest time. */
/* links: vmm/dev/vpit.c vmm/dev/vpit_counter.c vmm/dev/vpic.c
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

static uint64_t
ns(uint64_t clocks)
{
	return clocks * 1000000000 / 1193182 + 1;
}

static void
pit_program(unsigned counter, unsigned mode, uint16_t count)
{
	outb(b, 0x43, (uint8_t)(counter << 6 | 0x30 | mode << 1));
	outb(b, (uint16_t)(0x40 + counter), (uint8_t)count);
	outb(b, (uint16_t)(0x40 + counter), (uint8_t)(count >> 8));
}

/* Two bytes, low one first. */
static uint16_t
pit_read(unsigned counter)
{
	uint16_t low = inb(b, (uint16_t)(0x40 + counter));

	return (uint16_t)(low | inb(b, (uint16_t)(0x40 + counter)) << 8);
}

static uint16_t
pit_latched(unsigned counter)
{
	outb(b, 0x43, (uint8_t)(counter << 6));
	return pit_read(counter);
}

/* Unmask line 0, and count the interrupts that come until ns. */
static unsigned
count_interrupts(uint64_t until)
{
	unsigned n = 0;

	outb(b, 0x20, 0x11);
	outb(b, 0x21, 0x20);
	outb(b, 0x21, 0x04);
	outb(b, 0x21, 0x03);
	while (vbus_deadline(&b->bus) <= until) {
		fake_board_run_to(b, vbus_deadline(&b->bus));
		while (vbus_irq_pending(&b->bus)) {
			assert_int_equal(vbus_irq_ack(&b->bus), 0x20);
			n++;
		}
	}
	fake_board_run_to(b, until);
	return n;
}

static void
vpit_after_reset_nothing_is_due(void **state)
{
	(void)state;
	assert_int_equal(vbus_deadline(&b->bus), VBUS_NEVER);
}

static void
vpit_mode_2_interrupts_at_its_rate(void **state)
{
	(void)state;
	pit_program(0, 2, 11932); /* 100 Hz */
	assert_int_equal(count_interrupts(1000000000), 99);
}

static void
vpit_mode_3_interrupts_once_a_period(void **state)
{
	(void)state;
	pit_program(0, 3, 11932);
	assert_int_equal(count_interrupts(1000000000), 99);
}

static void
vpit_mode_0_interrupts_once(void **state)
{
	(void)state;
	pit_program(0, 0, 1000);
	assert_int_equal(count_interrupts(1000000000), 1);
	assert_int_equal(vbus_deadline(&b->bus), VBUS_NEVER);
}

static void
vpit_late_ticks_are_one_and_keep_their_phase(void **state)
{
	(void)state;
	pit_program(0, 2, 1000);
	assert_int_equal(count_interrupts(0), 0);
	b->now = ns(5500); /* five edges have passed */
	vbus_tick(&b->bus);
	assert_int_equal(vbus_irq_ack(&b->bus), 0x20);
	assert_false(vbus_irq_pending(&b->bus));
	assert_in_range(vbus_deadline(&b->bus), ns(6000) - 2, ns(6000) + 2);
}

static void
vpit_latched_count_stands_still(void **state)
{
	(void)state;
	pit_program(0, 2, 1000);
	b->now = ns(300);
	outb(b, 0x43, 0);
	b->now = ns(900);
	assert_int_equal(pit_read(0), 700);
	assert_int_equal(pit_latched(0), 100);
}

static void
vpit_counts_go_down_and_start_over(void **state)
{
	(void)state;
	pit_program(0, 2, 1000);
	b->now = ns(1);
	assert_int_equal(pit_latched(0), 999);
	b->now = ns(1001);
	assert_int_equal(pit_latched(0), 999);
}

static void
vpit_count_0_is_65536(void **state)
{
	(void)state;
	pit_program(0, 2, 0);
	b->now = ns(1);
	assert_int_equal(pit_latched(0), 65535);
}

static void
vpit_bcd_counts_in_decimal(void **state)
{
	(void)state;
	outb(b, 0x43, 0x35);
	outb(b, 0x40, 0x00);
	outb(b, 0x40, 0x10); /* 1000 */
	b->now = ns(1);
	assert_int_equal(pit_latched(0), 0x0999);
}

static void
vpit_low_byte_only(void **state)
{
	(void)state;
	outb(b, 0x43, 0x14);
	outb(b, 0x40, 100);
	b->now = ns(40);
	assert_int_equal(inb(b, 0x40), 60);
	assert_int_equal(inb(b, 0x40), 60);
}

static void
vpit_high_byte_only(void **state)
{
	(void)state;
	outb(b, 0x43, 0x24);
	outb(b, 0x40, 2);
	b->now = ns(1);
	assert_int_equal(inb(b, 0x40), 1);
}

static void
vpit_read_back_gives_status_then_count(void **state)
{
	(void)state;
	pit_program(0, 2, 1000);
	b->now = ns(10);
	outb(b, 0x43, 0xc2);
	assert_int_equal(inb(b, 0x40), 0x80 | 0x34);
	assert_int_equal(pit_read(0), 990);
}

static void
vpit_read_back_says_that_no_count_is_loaded(void **state)
{
	(void)state;
	outb(b, 0x43, 0x34);
	outb(b, 0x43, 0xe2);
	assert_int_equal(inb(b, 0x40), 0xc0 | 0x34);
}

static void
vpit_speaker_output_rises_when_mode_0_ends(void **state)
{
	(void)state;
	outb(b, 0x61, 0);
	pit_program(2, 0, 1000);
	outb(b, 0x61, 1);
	b->now = ns(999);
	assert_int_equal(inb(b, 0x61) & 0x20, 0);
	b->now = ns(1001);
	assert_int_equal(inb(b, 0x61) & 0x20, 0x20);
}

static void
vpit_gate_holds_the_count(void **state)
{
	(void)state;
	outb(b, 0x61, 1);
	pit_program(2, 0, 1000);
	b->now = ns(400);
	outb(b, 0x61, 0);
	b->now = ns(5000);
	assert_int_equal(pit_latched(2), 600);
	outb(b, 0x61, 1);
	b->now = ns(5100);
	assert_in_range(pit_latched(2), 499, 501);
}

static void
vpit_gate_triggers_mode_1(void **state)
{
	(void)state;
	outb(b, 0x61, 0);
	pit_program(2, 1, 100);
	b->now = ns(1000);
	assert_int_equal(inb(b, 0x61) & 0x20, 0x20);
	outb(b, 0x61, 1);
	assert_int_equal(inb(b, 0x61) & 0x20, 0);
	b->now = ns(1102);
	assert_int_equal(inb(b, 0x61) & 0x20, 0x20);
}

static void
vpit_port_61_keeps_its_low_bits(void **state)
{
	(void)state;
	outb(b, 0x61, 0xff);
	assert_int_equal(inb(b, 0x61) & 0x0f, 0x0f);
	assert_int_equal(inb(b, 0x61) & 0xc0, 0);
}

static void
vpit_refresh_bit_toggles(void **state)
{
	uint8_t first = inb(b, 0x61) & 0x10;

	(void)state;
	b->now += 15085;
	assert_int_not_equal(inb(b, 0x61) & 0x10, first);
}

static void
vpit_new_mode_cancels_the_old_deadline(void **state)
{
	(void)state;
	pit_program(0, 2, 1000);
	outb(b, 0x43, 0x30);
	assert_int_equal(vbus_deadline(&b->bus), VBUS_NEVER);
}

static void
vpit_clock_is_exact_after_a_year(void **state)
{
	uint64_t year = 365ull * 86400 * 1000000000;

	(void)state;
	b->now = year;
	pit_program(0, 2, 59659);
	assert_in_range(vbus_deadline(&b->bus) - year, 49998000, 50002000);
}

#define model_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		model_test(vpit_after_reset_nothing_is_due),
		model_test(vpit_mode_2_interrupts_at_its_rate),
		model_test(vpit_mode_3_interrupts_once_a_period),
		model_test(vpit_mode_0_interrupts_once),
		model_test(vpit_late_ticks_are_one_and_keep_their_phase),
		model_test(vpit_latched_count_stands_still),
		model_test(vpit_counts_go_down_and_start_over),
		model_test(vpit_count_0_is_65536),
		model_test(vpit_bcd_counts_in_decimal),
		model_test(vpit_low_byte_only),
		model_test(vpit_high_byte_only),
		model_test(vpit_read_back_gives_status_then_count),
		model_test(vpit_read_back_says_that_no_count_is_loaded),
		model_test(vpit_speaker_output_rises_when_mode_0_ends),
		model_test(vpit_gate_holds_the_count),
		model_test(vpit_gate_triggers_mode_1),
		model_test(vpit_port_61_keeps_its_low_bits),
		model_test(vpit_refresh_bit_toggles),
		model_test(vpit_new_mode_cancels_the_old_deadline),
		model_test(vpit_clock_is_exact_after_a_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
