/* SPDX-License-Identifier: MIT */
/* The serial port, driven as a guest drives it. */
/* links: vmm/dev/vuart.c vmm/dev/vpic.c
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

enum {
	DATA = 0x3f8,
	IER,
	IIR,
	LCR,
	MCR,
	LSR,
	MSR,
	SCRATCH
};
#define FCR IIR

static size_t
type(const char *text)
{
	return vbus_console_in(&b->bus, (const uint8_t *)text, strlen(text));
}

/* Is the interrupt line high?  Through a PIC that lets line 4 alone pass. */
static bool
line(void)
{
	outb(b, 0x20, 0x11);
	outb(b, 0x21, 0x20);
	outb(b, 0x21, 0x04);
	outb(b, 0x21, 0x01);
	outb(b, 0x21, 0xef);
	outb(b, 0x4d0, 0x10); /* level-triggered: follows the line */
	return vbus_irq_pending(&b->bus);
}

static void
vuart_sends_at_once(void **state)
{
	(void)state;
	outb(b, DATA, 'H');
	outb(b, DATA, 'i');
	assert_memory_equal(b->out, "Hi", 2);
	assert_int_equal(inb(b, LSR), 0x60);
}

static void
vuart_receives_in_order(void **state)
{
	(void)state;
	outb(b, FCR, 0x01);
	assert_int_equal(type("abc"), 3);
	assert_int_equal(inb(b, LSR), 0x61);
	assert_int_equal(inb(b, DATA), 'a');
	assert_int_equal(inb(b, DATA), 'b');
	assert_int_equal(inb(b, DATA), 'c');
	assert_int_equal(inb(b, LSR), 0x60);
	assert_int_equal(inb(b, DATA), 0);
}

static void
vuart_takes_no_more_than_its_fifo(void **state)
{
	(void)state;
	assert_int_equal(type("ab"), 1);
	outb(b, FCR, 0x01);
	assert_int_equal(type("0123456789abcdefgh"), 15);
	assert_int_equal(type("x"), 0);
}

static void
vuart_says_when_there_is_room(void **state)
{
	unsigned before;

	(void)state;
	type("a");
	before = b->rooms;
	inb(b, DATA);
	assert_int_equal(b->rooms, before + 1);
}

static void
vuart_turning_fifos_on_keeps_what_was_typed(void **state)
{
	(void)state;
	type("a");
	outb(b, FCR, 0x01);
	assert_int_equal(inb(b, DATA), 'a');
}

static void
vuart_clearing_the_fifo_empties_it(void **state)
{
	(void)state;
	outb(b, FCR, 0x01);
	type("abc");
	outb(b, FCR, 0x03);
	assert_int_equal(inb(b, LSR), 0x60);
}

static void
vuart_iir_tells_that_there_are_fifos(void **state)
{
	(void)state;
	assert_int_equal(inb(b, IIR), 0x01);
	outb(b, FCR, 0x01);
	assert_int_equal(inb(b, IIR), 0xc1);
}

static void
vuart_receive_interrupt_follows_the_data(void **state)
{
	(void)state;
	outb(b, MCR, 0x08);
	outb(b, IER, 0x01);
	assert_false(line());
	type("a");
	assert_true(line());
	assert_int_equal(inb(b, IIR), 0x04);
	inb(b, DATA);
	assert_false(line());
	assert_int_equal(inb(b, IIR), 0x01);
}

static void
vuart_below_the_trigger_it_is_a_timeout(void **state)
{
	(void)state;
	outb(b, FCR, 0xc1); /* 14 bytes */
	outb(b, IER, 0x01);
	type("a");
	assert_int_equal(inb(b, IIR), 0xcc);
	type("0123456789abc");
	assert_int_equal(inb(b, IIR), 0xc4);
}

static void
vuart_transmit_interrupt_ends_when_iir_is_read(void **state)
{
	(void)state;
	outb(b, MCR, 0x08);
	outb(b, IER, 0x02); /* the transmitter is empty: at once */
	assert_true(line());
	assert_int_equal(inb(b, IIR), 0x02);
	assert_false(line());
	outb(b, DATA, 'x');
	assert_true(line());
	assert_int_equal(inb(b, IIR), 0x02);
}

static void
vuart_same_ier_is_no_new_transmit_event(void **state)
{
	(void)state;
	outb(b, IER, 0x02);
	inb(b, IIR);
	outb(b, IER, 0x02);
	assert_int_equal(inb(b, IIR), 0x01);
}

static void
vuart_iir_of_another_cause_keeps_the_transmit_event(void **state)
{
	(void)state;
	outb(b, IER, 0x03);
	type("a");
	assert_int_equal(inb(b, IIR), 0x04);
	inb(b, DATA);
	assert_int_equal(inb(b, IIR), 0x02);
}

static void
vuart_interrupt_needs_out2(void **state)
{
	(void)state;
	outb(b, IER, 0x01);
	type("a");
	assert_false(line());
	outb(b, MCR, 0x08);
	assert_true(line());
}

static void
vuart_divisor_hides_data_and_ier(void **state)
{
	(void)state;
	outb(b, IER, 0x05);
	outb(b, LCR, 0x83);
	outb(b, DATA, 0x34);
	outb(b, IER, 0x12);
	assert_int_equal(inb(b, DATA), 0x34);
	assert_int_equal(inb(b, IER), 0x12);
	outb(b, LCR, 0x03);
	assert_int_equal(inb(b, IER), 0x05);
	assert_int_equal(b->out_length, 0);
}

static void
vuart_loopback_returns_bytes_to_the_guest(void **state)
{
	(void)state;
	outb(b, MCR, 0x10);
	outb(b, DATA, 'x');
	assert_int_equal(inb(b, LSR), 0x61);
	assert_int_equal(inb(b, DATA), 'x');
	assert_int_equal(b->out_length, 0);
	assert_int_equal(type("a"), 0);
}

static void
vuart_loopback_wires_modem_outputs_to_inputs(void **state)
{
	(void)state;
	outb(b, MCR, 0x1a); /* RTS, OUT2 */
	assert_int_equal(inb(b, MSR) & 0xf0, 0x90);
	outb(b, MCR, 0x15); /* DTR, OUT1 */
	assert_int_equal(inb(b, MSR) & 0xf0, 0x60);
}

static void
vuart_modem_status_tells_what_changed_once(void **state)
{
	(void)state;
	outb(b, MCR, 0x10); /* CTS, DSR and DCD fall */
	assert_int_equal(inb(b, MSR), 0x0b);
	assert_int_equal(inb(b, MSR), 0x00);
}

static void
vuart_ring_is_told_when_it_ends(void **state)
{
	(void)state;
	outb(b, MCR, 0x14);
	inb(b, MSR);
	outb(b, MCR, 0x10);
	assert_int_equal(inb(b, MSR), 0x04);
}

static void
vuart_a_terminal_is_connected(void **state)
{
	(void)state;
	assert_int_equal(inb(b, MSR), 0xb0);
}

static void
vuart_scratch_keeps_a_byte(void **state)
{
	(void)state;
	outb(b, SCRATCH, 0xa5);
	assert_int_equal(inb(b, SCRATCH), 0xa5);
}

static void
vuart_ier_keeps_its_four_bits(void **state)
{
	(void)state;
	outb(b, IER, 0xff);
	assert_int_equal(inb(b, IER), 0x0f);
}

#define model_test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		model_test(vuart_sends_at_once),
		model_test(vuart_receives_in_order),
		model_test(vuart_takes_no_more_than_its_fifo),
		model_test(vuart_says_when_there_is_room),
		model_test(vuart_turning_fifos_on_keeps_what_was_typed),
		model_test(vuart_clearing_the_fifo_empties_it),
		model_test(vuart_iir_tells_that_there_are_fifos),
		model_test(vuart_receive_interrupt_follows_the_data),
		model_test(vuart_below_the_trigger_it_is_a_timeout),
		model_test(vuart_transmit_interrupt_ends_when_iir_is_read),
		model_test(vuart_same_ier_is_no_new_transmit_event),
		model_test(vuart_iir_of_another_cause_keeps_the_transmit_event),
		model_test(vuart_interrupt_needs_out2),
		model_test(vuart_divisor_hides_data_and_ier),
		model_test(vuart_loopback_returns_bytes_to_the_guest),
		model_test(vuart_loopback_wires_modem_outputs_to_inputs),
		model_test(vuart_modem_status_tells_what_changed_once),
		model_test(vuart_ring_is_told_when_it_ends),
		model_test(vuart_a_terminal_is_connected),
		model_test(vuart_scratch_keeps_a_byte),
		model_test(vuart_ier_keeps_its_four_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
