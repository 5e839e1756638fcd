/* SPDX-License-Identifier: MIT */
/* The 8259 pair, driven as a guest drives it. */
/* links: vmm/dev/vpic.c
 * vmm/dev/vbus.c vmm/dev/vbus_range.c vmm/state.c
 * grading/unit/fake_board.c grading/unit/fake_kernel.c */
#include "grading/unit/fake_board.h"
#include "grading/unit/fake_kernel.h"
#include "kernel/abi/errno.h"

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

/* As a PC's kernel does: vectors from 0x20, all lines unmasked. */
static void
pic_init(uint8_t icw4)
{
	outb(b, 0x20, 0x11);
	outb(b, 0x21, 0x20);
	outb(b, 0x21, 0x04);
	outb(b, 0x21, icw4);
	outb(b, 0xa0, 0x11);
	outb(b, 0xa1, 0x28);
	outb(b, 0xa1, 0x02);
	outb(b, 0xa1, icw4);
}

static void
raise_line(unsigned line)
{
	vbus_irq_set(&b->bus, line, false);
	vbus_irq_set(&b->bus, line, true);
}

static int
ack(void)
{
	assert_true(vbus_irq_pending(&b->bus));
	return vbus_irq_ack(&b->bus);
}

static uint8_t
read_isr(uint16_t port)
{
	outb(b, port, 0x0b);
	return inb(b, port);
}

static uint8_t
read_irr(uint16_t port)
{
	outb(b, port, 0x0a);
	return inb(b, port);
}

static void
vpic_after_reset_all_lines_are_masked(void **state)
{
	(void)state;
	raise_line(4);
	assert_false(vbus_irq_pending(&b->bus));
	assert_int_equal(inb(b, 0x21), 0xff);
	assert_int_equal(inb(b, 0xa1), 0xff);
}

static void
vpic_delivers_the_vector_of_the_line(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(4);
	assert_int_equal(ack(), 0x24);
	assert_int_equal(read_isr(0x20), 0x10);
	assert_int_equal(read_irr(0x20), 0);
}

static void
vpic_slave_comes_through_line_2(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(14);
	assert_int_equal(ack(), 0x2e);
	assert_int_equal(read_isr(0x20), 0x04);
	assert_int_equal(read_isr(0xa0), 0x40);
}

static void
vpic_masked_line_waits_for_its_mask(void **state)
{
	(void)state;
	pic_init(1);
	outb(b, 0x21, 0x10);
	raise_line(4);
	assert_false(vbus_irq_pending(&b->bus));
	outb(b, 0x21, 0);
	assert_int_equal(ack(), 0x24);
}

static void
vpic_lower_priority_waits_for_eoi(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(3);
	assert_int_equal(ack(), 0x23);
	raise_line(5);
	assert_false(vbus_irq_pending(&b->bus));
	outb(b, 0x20, 0x20);
	assert_int_equal(ack(), 0x25);
}

static void
vpic_higher_priority_nests(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(5);
	assert_int_equal(ack(), 0x25);
	raise_line(0);
	assert_int_equal(ack(), 0x20);
	outb(b, 0x20, 0x20); /* ends line 0 first */
	assert_int_equal(read_isr(0x20), 0x20);
}

static void
vpic_edge_line_needs_a_new_edge(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(4);
	assert_int_equal(ack(), 0x24);
	outb(b, 0x20, 0x20);
	vbus_irq_set(&b->bus, 4, true);
	assert_false(vbus_irq_pending(&b->bus));
	raise_line(4);
	assert_true(vbus_irq_pending(&b->bus));
}

static void
vpic_edge_is_kept_when_the_line_falls(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(4);
	vbus_irq_set(&b->bus, 4, false);
	assert_int_equal(ack(), 0x24);
}

static void
vpic_level_line_asks_as_long_as_it_is_high(void **state)
{
	(void)state;
	pic_init(1);
	outb(b, 0x4d0, 0x20);
	vbus_irq_set(&b->bus, 5, true);
	assert_int_equal(ack(), 0x25);
	outb(b, 0x20, 0x20);
	assert_int_equal(ack(), 0x25);
	vbus_irq_set(&b->bus, 5, false);
	outb(b, 0x20, 0x20);
	assert_false(vbus_irq_pending(&b->bus));
}

static void
vpic_elcr_keeps_system_lines_edge_triggered(void **state)
{
	(void)state;
	outb(b, 0x4d0, 0xff);
	outb(b, 0x4d1, 0xff);
	assert_int_equal(inb(b, 0x4d0), 0xf8);
	assert_int_equal(inb(b, 0x4d1), 0xde);
}

static void
vpic_request_that_went_away_is_not_delivered(void **state)
{
	(void)state;
	pic_init(1);
	outb(b, 0x4d0, 0x20);
	vbus_irq_set(&b->bus, 5, true);
	assert_true(vbus_irq_pending(&b->bus));
	vbus_irq_set(&b->bus, 5, false);
	assert_false(vbus_irq_pending(&b->bus));
	assert_int_equal(vbus_irq_ack(&b->bus), -ENOENT);
}

static void
vpic_acknowledge_without_request_is_spurious_7(void **state)
{
	const struct vbus_irqchip *chip = &b->bus.irqchips[0];

	(void)state;
	pic_init(1);
	assert_int_equal(chip->ops->ack(chip->dev), 0x27);
	assert_int_equal(read_isr(0x20), 0);
}

static void
vpic_mask_of_the_slave_takes_its_request_back(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(10);
	assert_true(vbus_irq_pending(&b->bus));
	outb(b, 0xa1, 0x04);
	assert_false(vbus_irq_pending(&b->bus));
	outb(b, 0xa1, 0);
	assert_int_equal(ack(), 0x2a);
}

static void
vpic_auto_eoi_leaves_nothing_in_service(void **state)
{
	(void)state;
	pic_init(3);
	raise_line(4);
	assert_int_equal(ack(), 0x24);
	assert_int_equal(read_isr(0x20), 0);
	raise_line(4);
	assert_int_equal(ack(), 0x24);
}

static void
vpic_specific_eoi_ends_its_line(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(5);
	ack();
	raise_line(1);
	ack();
	outb(b, 0x20, 0x65);
	assert_int_equal(read_isr(0x20), 0x02);
}

static void
vpic_rotating_eoi_makes_the_line_last(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(3);
	ack();
	outb(b, 0x20, 0xa0);
	raise_line(3);
	raise_line(4);
	assert_int_equal(ack(), 0x24);
}

static void
vpic_set_priority_names_the_last_line(void **state)
{
	(void)state;
	pic_init(1);
	outb(b, 0x20, 0xc5);
	raise_line(0);
	raise_line(6);
	assert_int_equal(ack(), 0x26);
}

static void
vpic_special_mask_lets_lower_lines_through(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(3);
	ack();
	raise_line(6);
	assert_false(vbus_irq_pending(&b->bus));
	outb(b, 0x20, 0x68);
	outb(b, 0x21, 0x08);
	assert_int_equal(ack(), 0x26);
}

static void
vpic_poll_acknowledges(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(6);
	outb(b, 0x20, 0x0c);
	assert_int_equal(inb(b, 0x20), 0x86);
	assert_int_equal(read_isr(0x20), 0x40);
	outb(b, 0x20, 0x0c);
	assert_int_equal(inb(b, 0x20), 0);
}

static void
vpic_initialisation_clears_requests_and_mask(void **state)
{
	(void)state;
	pic_init(1);
	outb(b, 0x21, 0xff);
	raise_line(4);
	pic_init(1);
	assert_int_equal(inb(b, 0x21), 0);
	assert_false(vbus_irq_pending(&b->bus));
}

static void
vpic_single_without_icw4_takes_two_words(void **state)
{
	(void)state;
	outb(b, 0x20, 0x12);
	outb(b, 0x21, 0x40);
	outb(b, 0x21, 0xfe); /* OCW1 already */
	assert_int_equal(inb(b, 0x21), 0xfe);
	raise_line(0);
	assert_int_equal(ack(), 0x40);
}

static void
vpic_special_fully_nested_lets_the_slave_nest(void **state)
{
	(void)state;
	pic_init(0x11);
	raise_line(12);
	assert_int_equal(ack(), 0x2c);
	raise_line(9);
	assert_int_equal(ack(), 0x29);
}

static void
vpic_without_nesting_the_slave_waits(void **state)
{
	(void)state;
	pic_init(1);
	raise_line(12);
	assert_int_equal(ack(), 0x2c);
	raise_line(9);
	assert_false(vbus_irq_pending(&b->bus));
	outb(b, 0x20, 0x20);
	assert_int_equal(ack(), 0x29);
}

#define model_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		model_test(vpic_after_reset_all_lines_are_masked),
		model_test(vpic_delivers_the_vector_of_the_line),
		model_test(vpic_slave_comes_through_line_2),
		model_test(vpic_masked_line_waits_for_its_mask),
		model_test(vpic_lower_priority_waits_for_eoi),
		model_test(vpic_higher_priority_nests),
		model_test(vpic_edge_line_needs_a_new_edge),
		model_test(vpic_edge_is_kept_when_the_line_falls),
		model_test(vpic_level_line_asks_as_long_as_it_is_high),
		model_test(vpic_elcr_keeps_system_lines_edge_triggered),
		model_test(vpic_request_that_went_away_is_not_delivered),
		model_test(vpic_acknowledge_without_request_is_spurious_7),
		model_test(vpic_mask_of_the_slave_takes_its_request_back),
		model_test(vpic_auto_eoi_leaves_nothing_in_service),
		model_test(vpic_specific_eoi_ends_its_line),
		model_test(vpic_rotating_eoi_makes_the_line_last),
		model_test(vpic_set_priority_names_the_last_line),
		model_test(vpic_special_mask_lets_lower_lines_through),
		model_test(vpic_poll_acknowledges),
		model_test(vpic_initialisation_clears_requests_and_mask),
		model_test(vpic_single_without_icw4_takes_two_words),
		model_test(vpic_special_fully_nested_lets_the_slave_nest),
		model_test(vpic_without_nesting_the_slave_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
