/* SPDX-License-Identifier: MIT */
/*
 * `make run CMD=...`: the text reaches the shell in the machine byte for byte,
 * and standard output is the machine's console and nothing else.
 */
/* links: grading/system/machine.c grading/system/ends.c */
#include "ends.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Run make with the text on its command line, or in its environment. */
static int
make_run(struct machine *m, const char *commands, bool on_command_line)
{
	char *cmd;
	int status;

	assert_true(asprintf(&cmd, "CMD=%s", commands) > 0);
	if (on_command_line)
		status = machine_run(
			m, (const char *[]){ "make", "run", cmd, NULL }, NULL);
	else
		status = machine_run(m, (const char *[]){ "make", "run", NULL },
			(const char *[]){ cmd, NULL });
	free(cmd);
	return status;
}

static void
assert_make_prints(const char *commands, const char *expected)
{
	struct machine m;

	for (int way = 0; way < 2; way++) {
		assert_int_equal(make_run(&m, commands, way == 0), 0);
		assert_string_equal(m.out.text, expected);
		machine_free(&m);
	}
}

static void
quotes_arrive(void **state)
{
	(void)state;
	assert_make_prints(
		"echo 'a  \"b\"' \"c 'd'\" \\\" \\'", "a  \"b\" c 'd' \" '\n");
}

static void
what_make_would_expand_arrives(void **state)
{
	(void)state;
	assert_make_prints(
		"echo '$(shell touch /tmp/x) $$HOME $@ ${B} $x # no'",
		"$(shell touch /tmp/x) $$HOME $@ ${B} $x # no\n");
}

static void
what_a_shell_would_expand_arrives(void **state)
{
	(void)state;
	assert_make_prints("echo '`id` $(id) * ? ~ ; & | < > !'",
		"`id` $(id) * ? ~ ; & | < > !\n");
}

static void
what_looks_like_an_assignment_arrives(void **state)
{
	(void)state;
	assert_make_prints("echo 'a := b += c = d'", "a := b += c = d\n");
}

static void
words_of_the_command_line_arrive(void **state)
{
	(void)state;
	assert_make_prints("echo 'x cmd=y  cmd=echo'", "x cmd=y  cmd=echo\n");
}

static void
lines_and_tabs_arrive(void **state)
{
	(void)state;
	assert_make_prints("echo 'a\tb\n  c \\\n d'", "a\tb\n  c \\\n d\n");
}

static void
every_byte_arrives(void **state)
{
	(void)state;
	every_byte_arrives_on(NULL);
}

static void
no_commands_are_fine(void **state)
{
	(void)state;
	assert_make_prints("", "");
}

/* QEMU takes 4095 bytes with the word cmd= before them. */
static void
the_longest_text_arrives(void **state)
{
	char text[4092], expected[4092];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "echo ", 5);
	text[sizeof(text) - 1] = '\0';
	snprintf(expected, sizeof(expected), "%s\n", text + 5);
	assert_console(text, expected);
}

static void
a_text_that_is_too_long_is_refused(void **state)
{
	char text[4093];
	struct machine m;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(machine_commands(&m, text, NULL), 255);
	assert_string_equal(
		m.err.text, "droste: CMD is longer than 4091 bytes\n");
	machine_free(&m);
}

/* A make that is called with -C, or by make, says so: not on our output. */
static void
make_says_nothing_on_standard_output(void **state)
{
	const char *const settings[] = { "MAKELEVEL=1", NULL };
	const char *const argv[] = { "make", "-C", ".", "run", "CMD=echo a",
		NULL };
	struct machine m;

	(void)state;
	assert_int_equal(machine_run(&m, argv, settings), 0);
	assert_string_equal(m.out.text, "a\n");
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_arrive),
		cmocka_unit_test(what_make_would_expand_arrives),
		cmocka_unit_test(what_a_shell_would_expand_arrives),
		cmocka_unit_test(what_looks_like_an_assignment_arrives),
		cmocka_unit_test(words_of_the_command_line_arrive),
		cmocka_unit_test(lines_and_tabs_arrive),
		cmocka_unit_test(every_byte_arrives),
		cmocka_unit_test(no_commands_are_fine),
		cmocka_unit_test(the_longest_text_arrives),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
		cmocka_unit_test(make_says_nothing_on_standard_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
