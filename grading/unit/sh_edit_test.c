/* SPDX-License-Identifier: MIT */
/*
 * The shell's line editor.  What it sends goes to a small terminal of one
 * line, so that the tests see what a person sees.
 */
/* links: user/sh/edit.c user/sh/expand.c user/sh/glob.c user/sh/arena.c
 * user/lib/xmalloc.c */
#include "user/sh/edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct {
	char line[EDIT_COLUMNS + 1];
	size_t column;
	int rows;	 /* newlines seen */
	char escape[16]; /* the sequence being received */
	size_t escape_n;
} terminal;

static void
terminal_escape(void)
{
	const char *e = terminal.escape;
	size_t n = strlen(e);

	if (strcmp(e, "\x1b[K") == 0)
		memset(terminal.line + terminal.column, ' ',
			EDIT_COLUMNS - terminal.column);
	else if (e[n - 1] == 'D')
		terminal.column -= strtoul(e + 2, NULL, 10);
	else
		assert_true(e[n - 1] == 'H' || e[n - 1] == 'J');
	assert_true(terminal.column < EDIT_COLUMNS);
}

static void
terminal_byte(char c)
{
	if (terminal.escape_n > 0 || c == '\x1b') {
		terminal.escape[terminal.escape_n++] = c;
		terminal.escape[terminal.escape_n] = 0;
		if (terminal.escape_n > 2 && c >= '@') {
			terminal_escape();
			terminal.escape_n = 0;
		}
		return;
	}
	switch (c) {
	case '\r':
		terminal.column = 0;
		break;
	case '\n':
		memset(terminal.line, ' ', EDIT_COLUMNS);
		terminal.rows++;
		break;
	case '\b':
		assert_true(terminal.column > 0);
		terminal.column--;
		break;
	case '\a':
		break;
	default:
		/* Nothing may ever be written in the last column. */
		assert_true(terminal.column < EDIT_COLUMNS - 1);
		terminal.line[terminal.column++] = c;
	}
}

static void
terminal_put(struct edit *e, const char *bytes, size_t n)
{
	(void)e;
	for (size_t i = 0; i < n; i++)
		terminal_byte(bytes[i]);
}

static void
complete(struct edit *e, const char *word, bool command, struct fields *to,
	struct arena *arena)
{
	static char *const commands[] = { "grep", "greet", "ls" };
	static char *const names[] = { "/bin/", "file" };
	char *const *list = command ? commands : names;

	(void)e;
	for (size_t i = 0; i < (command ? 3 : 2); i++)
		if (strncmp(list[i], word, strlen(word)) == 0)
			fields_add(to, arena, list[i]);
}

static struct edit edit;

static int
setup(void **state)
{
	(void)state;
	memset(&edit, 0, sizeof(edit));
	edit.put = terminal_put;
	edit.complete = complete;
	memset(&terminal, 0, sizeof(terminal));
	memset(terminal.line, ' ', EDIT_COLUMNS);
	edit_begin(&edit, "$ ");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	edit_fini(&edit);
	return 0;
}

/* Types a text, of which only the last byte may end the line. */
static enum edit_event
type(const char *text)
{
	enum edit_event event = EDIT_NOTHING;

	for (; *text != 0; text++) {
		assert_int_equal(event, EDIT_NOTHING);
		event = edit_byte(&edit, (unsigned char)*text);
	}
	return event;
}

/* The line is this, | being the cursor, and the terminal shows that. */
static void
expect(const char *want)
{
	char is[EDIT_LINE_MAX + 8], shown[EDIT_COLUMNS + 1];
	size_t n;

	snprintf(is, sizeof(is), "%.*s|%s", (int)edit.cursor, edit.line,
		edit.line + edit.cursor);
	assert_string_equal(is, want);
	memcpy(shown, terminal.line, EDIT_COLUMNS);
	for (n = EDIT_COLUMNS; n > 0 && shown[n - 1] == ' '; n--)
		;
	shown[n] = 0;
	snprintf(is, sizeof(is), "$ %s", edit.line);
	for (n = strlen(is); n > 0 && is[n - 1] == ' '; n--)
		;
	is[n] = 0;
	assert_string_equal(shown, is);
	assert_int_equal(terminal.column, 2 + edit.cursor);
}

static void
typed_text_is_the_line(void **state)
{
	(void)state;
	type("echo hi");
	expect("echo hi|");
	assert_int_equal(type("\r"), EDIT_LINE);
	assert_string_equal(edit.line, "echo hi");
	assert_int_equal(terminal.rows, 1);
	assert_int_equal(type("\n"), EDIT_NOTHING); /* it was \r\n */
	edit_begin(&edit, "$ ");
	assert_int_equal(type("\n"), EDIT_LINE);
	assert_string_equal(edit.line, "");
}

static void
text_is_inserted_at_the_cursor(void **state)
{
	(void)state;
	type("abd\x1b[Dc");
	expect("abc|d");
	type("\x01X\x05Y");
	expect("XabcdY|");
	type("\x1b[HA\x1b[FZ\x1b[D\x1b[CQ");
	expect("AXabcdYZQ|");
	type("\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D");
	expect("|AXabcdYZQ");
}

static void
keys_erase(void **state)
{
	(void)state;
	type("abcdef\x7f\x08");
	expect("abcd|");
	type("\x1b[D\x1b[D\x7f");
	expect("a|cd");
	type("\x1b[3~");
	expect("a|d");
	type("\x04");
	expect("a|");
	assert_int_equal(type("\x04"), EDIT_NOTHING);
	type("\x7f\x7f\x7f");
	expect("|");
}

static void
keys_erase_words_and_lines(void **state)
{
	(void)state;
	type("one two  three  \x17");
	expect("one two  |");
	type("\x17");
	expect("one |");
	type("two three\x1b[1~\x1b[C\x1b[C\x0b");
	expect("on|");
	type("ly this\x1b[D\x15");
	expect("|s");
	type("\x0b\x15\x17");
	expect("|");
}

static void
control_c_and_control_d_end_the_line(void **state)
{
	(void)state;
	assert_int_equal(type("abc\x03"), EDIT_CANCEL);
	edit_begin(&edit, "$ ");
	assert_int_equal(type("\x04"), EDIT_EOF);
}

static void
history_goes_back_and_forth(void **state)
{
	(void)state;
	edit_remember(&edit, "first");
	edit_remember(&edit, "second");
	edit_remember(&edit, "second");
	edit_remember(&edit, "");
	edit_begin(&edit, "$ ");
	terminal.column = 2;
	type("new\x1b[A");
	expect("second|");
	type("\x1b[A");
	expect("first|");
	type("\x1b[A");
	expect("first|");
	type("\x0e\x0e");
	expect("new|");
	type("\x0e");
	expect("new|");
	type("\x10!");
	expect("second!|");
}

static void
history_forgets_the_oldest(void **state)
{
	char text[32];

	(void)state;
	for (int i = 0; i < EDIT_HISTORY_MAX + 10; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		edit_remember(&edit, text);
	}
	assert_int_equal(edit.history_n, EDIT_HISTORY_MAX);
	assert_string_equal(edit.history[0], "line 10");
}

static void
tab_completes(void **state)
{
	(void)state;
	type("l\t");
	expect("ls |");
	type("fi\t/b\t");
	expect("ls file /bin/|");
	type("; g\t");
	expect("ls file /bin/; gre|");
	type("\t"); /* the choices are listed */
	assert_int_equal(terminal.rows, 2);
	expect("ls file /bin/; gre|");
	type("e\t");
	expect("ls file /bin/; greet |");
	type("nothing\t");
	expect("ls file /bin/; greet nothing|");
}

static void
long_lines_scroll(void **state)
{
	char want[EDIT_COLUMNS];

	(void)state;
	for (int i = 0; i < 300; i++)
		edit_byte(&edit, (unsigned char)('a' + i % 26));
	assert_int_equal(edit.length, 300);
	memcpy(want, terminal.line, 77 + 2);
	assert_memory_equal(terminal.line + 2, edit.line + 300 - 77, 77);
	type("\x01");
	assert_memory_equal(terminal.line + 2, edit.line, 77);
	assert_int_equal(terminal.column, 2);
	type("\x05\x15");
	expect("|");
}

static void
a_line_has_an_end(void **state)
{
	(void)state;
	for (int i = 0; i < EDIT_LINE_MAX + 100; i++)
		edit_byte(&edit, 'x');
	assert_int_equal(edit.length, EDIT_LINE_MAX - 1);
	assert_int_equal(type("\r"), EDIT_LINE);
	assert_int_equal(strlen(edit.line), EDIT_LINE_MAX - 1);
}

static void
unknown_sequences_are_ignored(void **state)
{
	(void)state;
	type("a\x1b[99zb\x1b[1;5Cc\x1bxd\x1b[5~\x1b[?25he\x1bOH");
	expect("|abcde");
	type("\x02\x1c\x1f\x07");
	expect("|abcde");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(typed_text_is_the_line),
		TEST(text_is_inserted_at_the_cursor),
		TEST(keys_erase),
		TEST(keys_erase_words_and_lines),
		TEST(control_c_and_control_d_end_the_line),
		TEST(history_goes_back_and_forth),
		TEST(history_forgets_the_oldest),
		TEST(tab_completes),
		TEST(long_lines_scroll),
		TEST(a_line_has_an_end),
		TEST(unknown_sequences_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
