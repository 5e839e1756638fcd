/* SPDX-License-Identifier: MIT */
/* The line discipline: what typed bytes become, and what is echoed. */
/* links: kernel/fs/tty_line.c */
#include "kernel/fs/tty_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct tty_line line;
static char echoed[3 * TTY_LINE_SIZE];
static size_t echoed_len;

static void
echo(struct tty_line *l, const char *s, size_t n)
{
	assert_ptr_equal(l, &line);
	assert_true(echoed_len + n < sizeof(echoed));
	memcpy(echoed + echoed_len, s, n);
	echoed_len += n;
	echoed[echoed_len] = '\0';
}

static int
setup(void **state)
{
	(void)state;
	tty_line_init(&line, echo);
	echoed_len = 0;
	echoed[0] = '\0';
	return 0;
}

/* Type a text; returns the last event. */
static enum tty_event
type(const char *s)
{
	enum tty_event event = TTY_NOTHING;

	for (; *s; s++)
		event = tty_line_input(&line, (uint8_t)*s);
	return event;
}

/* The next read of up to n bytes gives just this text. */
static void
expect_read(size_t n, const char *want)
{
	char buf[256];
	int64_t count = tty_line_read(&line, buf, n);

	assert_int_equal(count, strlen(want));
	assert_memory_equal(buf, want, strlen(want));
}

static void
expect_nothing_to_read(void)
{
	char c;

	assert_false(tty_line_readable(&line));
	assert_int_equal(tty_line_read(&line, &c, 1), -1);
}

static void
test_line_is_read_when_it_is_ended(void **state)
{
	(void)state;
	assert_int_equal(type("ls"), TTY_NOTHING);
	expect_nothing_to_read();
	assert_int_equal(type("\n"), TTY_READABLE);
	expect_read(100, "ls\n");
	expect_nothing_to_read();
	assert_string_equal(echoed, "ls\n");
}

static void
test_return_is_a_newline(void **state)
{
	(void)state;
	type("a\r");
	expect_read(100, "a\n");
	assert_string_equal(echoed, "a\n");
}

static void
test_one_read_gives_one_line(void **state)
{
	(void)state;
	type("one\ntwo\n");
	expect_read(100, "one\n");
	expect_read(100, "two\n");
}

static void
test_short_reads_share_a_line(void **state)
{
	(void)state;
	type("abcde\n");
	expect_read(2, "ab");
	expect_read(3, "cde");
	expect_read(2, "\n");
}

static void
test_backspace_erases(void **state)
{
	(void)state;
	type("lx\bs\x7f\x7f\x7f\x7fok\n");
	expect_read(100, "ok\n");
	assert_string_equal(echoed, "lx\b \bs\b \b\b \bok\n");
}

static void
test_backspace_stops_at_an_ended_line(void **state)
{
	(void)state;
	type("a\n\b\b\bb\n");
	expect_read(100, "a\n");
	expect_read(100, "b\n");
}

static void
test_backspace_takes_a_whole_utf8_character(void **state)
{
	(void)state;
	type("a\xc3\xa4\xe2\x82\xac\b\b\n");
	expect_read(100, "a\n");
	assert_string_equal(echoed, "a\xc3\xa4\xe2\x82\xac\b \b\b \b\n");
}

static void
test_control_characters_take_two_columns(void **state)
{
	(void)state;
	type("\x01\b\x1b\n");
	expect_read(100, "\x1b\n");
	assert_string_equal(echoed, "^A\b \b\b \b^[\n");
}

static void
test_ctrl_u_erases_the_line(void **state)
{
	(void)state;
	type("abc\x15"
	     "d\n");
	expect_read(100, "d\n");
	assert_string_equal(echoed, "abc\b \b\b \b\b \bd\n");
}

static void
test_ctrl_w_erases_a_word(void **state)
{
	(void)state;
	type("one two  \x17"
	     "2\x17\x17\x17"
	     "x\n");
	expect_read(100, "x\n");
}

static void
test_ctrl_w_keeps_the_words_before(void **state)
{
	(void)state;
	type("one two  \x17"
	     "2\n");
	expect_read(100, "one 2\n");
}

static void
test_ctrl_c_interrupts_and_forgets(void **state)
{
	(void)state;
	type("done\nhalf");
	assert_int_equal(type("\x03"), TTY_INTERRUPT);
	expect_nothing_to_read();
	type("x\n");
	expect_read(100, "x\n");
	assert_string_equal(echoed, "done\nhalf^C\nx\n");
}

static void
test_ctrl_d_alone_is_end_of_file_once(void **state)
{
	(void)state;
	assert_int_equal(type("\x04"), TTY_READABLE);
	assert_true(tty_line_readable(&line));
	expect_read(100, "");
	expect_nothing_to_read();
	assert_string_equal(echoed, "");
}

static void
test_ctrl_d_ends_a_line_without_newline(void **state)
{
	(void)state;
	type("abc\x04");
	expect_read(100, "abc");
	expect_nothing_to_read();
	/* also when the reader takes just what is there */
	type("abc\x04");
	expect_read(3, "abc");
	expect_nothing_to_read();
}

static void
test_end_of_file_comes_after_the_lines_before(void **state)
{
	(void)state;
	type("a\n\x04");
	expect_read(100, "a\n");
	expect_read(100, "");
}

static void
test_long_line_can_still_be_ended(void **state)
{
	char buf[TTY_LINE_SIZE];
	int64_t n;

	(void)state;
	for (int i = 0; i < 2 * TTY_LINE_SIZE; i++)
		tty_line_input(&line, 'x');
	assert_int_equal(echoed[echoed_len - 1], '\a');
	assert_int_equal(type("\n"), TTY_READABLE);
	n = tty_line_read(&line, buf, sizeof(buf));
	assert_int_equal(n, TTY_LINE_SIZE);
	assert_int_equal(buf[n - 1], '\n');
	expect_nothing_to_read();
}

static void
test_full_ring_takes_no_more(void **state)
{
	char c;

	(void)state;
	for (int i = 0; i < TTY_LINE_SIZE; i++)
		assert_int_equal(type("\n"), TTY_READABLE);
	assert_int_equal(type("\n"), TTY_NOTHING);
	assert_int_equal(type("\x04"), TTY_NOTHING);
	assert_int_equal(type("\x03"), TTY_INTERRUPT);
	assert_int_equal(tty_line_read(&line, &c, 1), -1);
}

static void
test_sender_waits_while_a_reader_can_make_room(void **state)
{
	char c;

	(void)state;
	type("line\n");
	while (tty_line_has_room(&line))
		type("x");
	assert_true(tty_line_readable(&line));
	/* nothing was dropped up to now, and reading makes room */
	assert_int_equal(line.head - line.tail, TTY_LINE_SIZE - 1);
	assert_int_equal(tty_line_read(&line, &c, 1), 1);
	assert_true(tty_line_has_room(&line));
}

static void
test_sender_goes_on_when_nothing_can_be_read(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * TTY_LINE_SIZE; i++)
		tty_line_input(&line, 'x');
	assert_true(tty_line_has_room(&line));
	type("\n");
	assert_false(tty_line_has_room(&line));
}

static void
test_ring_works_after_positions_wrap(void **state)
{
	(void)state;
	line.tail = line.commit = line.head = UINT32_MAX - 1;
	type("abcd\n");
	expect_read(100, "abcd\n");
	expect_nothing_to_read();
}

static void
test_raw_mode_passes_every_byte_at_once(void **state)
{
	(void)state;
	tty_line_set_raw(&line, true);
	assert_int_equal(type("\x03"), TTY_READABLE);
	type("\r\n\x04\b");
	expect_read(100, "\x03\r\n\x04\b");
	assert_string_equal(echoed, "");
}

static void
test_raw_mode_sees_what_was_typed_before(void **state)
{
	(void)state;
	type("half");
	tty_line_set_raw(&line, true);
	expect_read(100, "half");
	tty_line_set_raw(&line, false);
	type("x");
	expect_nothing_to_read();
}

static void
test_raw_mode_sees_ctrl_d_typed_before(void **state)
{
	(void)state;
	type("a\n\x04");
	tty_line_set_raw(&line, true);
	for (const char *c = "a\n\x04"; *c; c++)
		expect_read(1, (const char[]){ *c, '\0' });
	expect_nothing_to_read();
}

static void
test_null_byte_is_a_byte(void **state)
{
	(void)state;
	tty_line_input(&line, 0);
	type("\n");
	assert_int_equal(line.commit - line.tail, 2);
	assert_string_equal(echoed, "^@\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			test_line_is_read_when_it_is_ended, setup),
		cmocka_unit_test_setup(test_return_is_a_newline, setup),
		cmocka_unit_test_setup(test_one_read_gives_one_line, setup),
		cmocka_unit_test_setup(test_short_reads_share_a_line, setup),
		cmocka_unit_test_setup(test_backspace_erases, setup),
		cmocka_unit_test_setup(
			test_backspace_stops_at_an_ended_line, setup),
		cmocka_unit_test_setup(
			test_backspace_takes_a_whole_utf8_character, setup),
		cmocka_unit_test_setup(
			test_control_characters_take_two_columns, setup),
		cmocka_unit_test_setup(test_ctrl_u_erases_the_line, setup),
		cmocka_unit_test_setup(test_ctrl_w_erases_a_word, setup),
		cmocka_unit_test_setup(
			test_ctrl_w_keeps_the_words_before, setup),
		cmocka_unit_test_setup(
			test_ctrl_c_interrupts_and_forgets, setup),
		cmocka_unit_test_setup(
			test_ctrl_d_alone_is_end_of_file_once, setup),
		cmocka_unit_test_setup(
			test_ctrl_d_ends_a_line_without_newline, setup),
		cmocka_unit_test_setup(
			test_end_of_file_comes_after_the_lines_before, setup),
		cmocka_unit_test_setup(
			test_long_line_can_still_be_ended, setup),
		cmocka_unit_test_setup(test_full_ring_takes_no_more, setup),
		cmocka_unit_test_setup(
			test_sender_waits_while_a_reader_can_make_room, setup),
		cmocka_unit_test_setup(
			test_sender_goes_on_when_nothing_can_be_read, setup),
		cmocka_unit_test_setup(
			test_ring_works_after_positions_wrap, setup),
		cmocka_unit_test_setup(
			test_raw_mode_passes_every_byte_at_once, setup),
		cmocka_unit_test_setup(
			test_raw_mode_sees_what_was_typed_before, setup),
		cmocka_unit_test_setup(
			test_raw_mode_sees_ctrl_d_typed_before, setup),
		cmocka_unit_test_setup(test_null_byte_is_a_byte, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
