/* SPDX-License-Identifier: MIT */
/* Strangers' text becomes harmless, and names stay different. */
/* links: grading/auto/clean.c grading/auto/util.c */
#include "grading/auto/util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void
expect(const char *text, bool name, const char *want)
{
	char *got = text_clean(text, name);

	assert_string_equal(got, want);
	free(got);
}

static void
test_text_stays(void **state)
{
	(void)state;
	expect("two\n\tlines\r\n", false, "two\n lines\n");
	expect("Jos\u00e9 \u4e2d \U0001f600", false,
		"Jos\u00e9 \u4e2d \U0001f600");
	expect("a\\b", false, "a\\b");
}

static void
test_terminals_obey_nothing(void **state)
{
	(void)state;
	expect("\033[2J\a\x7f\r", false, "\\x1b[2J\\x07\\x7f\\x0d");
	expect("\xc2\x9b"
	       "31m",
		false, "\\xc2\\x9b31m"); /* CSI in one sign */
}

static void
test_lines_are_not_turned_round(void **state)
{
	(void)state;
	expect("a\u202eb\u200b", true, "a\\xe2\\x80\\xaeb\\xe2\\x80\\x8b");
}

static void
test_what_is_no_utf8(void **state)
{
	(void)state;
	expect("\xff", false, "\\xff");
	expect("\xc3", false, "\\xc3");			  /* cut short */
	expect("\xc0\xaf", false, "\\xc0\\xaf");	  /* overlong */
	expect("\xed\xa0\x80", false, "\\xed\\xa0\\x80"); /* a surrogate */
	expect("\xf4\x90\x80\x80", false, "\\xf4\\x90\\x80\\x80");
	expect("a\xe4\xb8z", false, "a\\xe4\\xb8z");
}

static void
test_names_are_one_line_and_stay_different(void **state)
{
	(void)state;
	expect("a\nb", true, "a\\x0ab");
	expect("a\\x0ab", true, "a\\x5cx0ab");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_stays),
		cmocka_unit_test(test_terminals_obey_nothing),
		cmocka_unit_test(test_lines_are_not_turned_round),
		cmocka_unit_test(test_what_is_no_utf8),
		cmocka_unit_test(test_names_are_one_line_and_stay_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
