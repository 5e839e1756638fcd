/* SPDX-License-Identifier: MIT */
/* The verdict, and what is said of the first difference. */
/* links: grading/auto/judge.c grading/auto/explain.c grading/auto/words.c
 * grading/auto/util.c */
#include "grading/auto/explain.h"
#include "grading/auto/grade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The words on the first difference are these. */
static void
assert_explains(const char *expected, const char *seen, const char *words)
{
	char *text = explain(expected, seen);

	assert_string_equal(text, words);
	free(text);
}

static void
result_done(struct check_result *r)
{
	free(r->where);
	free(r->expected);
	free(r->seen);
	free(r->wrong);
}

static void
the_same_text_passes(void **state)
{
	struct check_result r = { .verdict = VERDICT_SKIPPED };

	(void)state;
	judge("a\nb\n", "a\nb\n", &r);
	assert_int_equal(r.verdict, VERDICT_PASSED);
	assert_null(r.expected);
}

static void
any_other_text_does_not(void **state)
{
	static const char *const seen[] = { "", "a\n", "a\nb", "a\nb\nc\n",
		"a\nb\n\n", "a\nc\n", " a\nb\n", "a\r\nb\n", "A\nb\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		struct check_result r = { .verdict = VERDICT_PASSED };

		judge("a\nb\n", seen[i], &r);
		assert_int_equal(r.verdict, VERDICT_LOST);
		assert_non_null(r.wrong);
		result_done(&r);
	}
}

static void
the_first_line_that_differs_is_shown_with_those_before(void **state)
{
	struct check_result r = { .verdict = VERDICT_SKIPPED };

	(void)state;
	judge("1\n2\n3\n4\n5 x\n6\n", "1\n2\n3\n4\n5 y\n6\n", &r);
	assert_string_equal(r.where, "2\n3\n4\n");
	assert_string_equal(r.expected, "5 x");
	assert_string_equal(r.seen, "5 y");
	assert_int_equal(r.line, 5);
	result_done(&r);
}

static void
what_ends_early_is_said_to(void **state)
{
	struct check_result r = { .verdict = VERDICT_SKIPPED };

	(void)state;
	judge("1\n2\n", "1\n", &r);
	assert_string_equal(r.expected, "2");
	assert_string_equal(r.seen, "nothing: it ended there");
	assert_string_equal(r.wrong, "step 2 of 2\nit ended before that\n");
	result_done(&r);
}

static void
what_goes_on_too_long_is_said_to(void **state)
{
	(void)state;
	assert_explains(
		"1\n", "1\n2\n", "step 1 of 1: 1\nnothing more was expected\n");
}

static void
a_long_line_is_cut(void **state)
{
	struct check_result r = { .verdict = VERDICT_SKIPPED };
	char text[5001];

	(void)state;
	memset(text, 'x', 5000);
	text[5000] = '\0';
	judge("1\n", text, &r);
	assert_int_equal(strlen(r.seen), 200);
	assert_true(strlen(r.wrong) < 6000);
	result_done(&r);
}

static void
bits_of_an_error_code_are_named(void **state)
{
	(void)state;
	assert_explains("read of 1: lands at 2\nwrite of 3: faults, error 7\n",
		"read of 1: lands at 2\nwrite of 3: faults, error d\n",
		"step 2 of 2\n"
		"error: write is missing, reserved bit is too much\n"
		"expected 7 (present, write, user)\n"
		"seen d (present, user, reserved bit)\n");
}

static void
which_error_code_it_is_follows_from_the_vector(void **state)
{
	(void)state;
	assert_explains("x\n vector 13, error 1a\n",
		"x\n vector 13, error 18\n",
		"step 1 of 1: x\n"
		"error: IDT is missing\n"
		"expected 1a (IDT, index 3)\nseen 18 (index 3)\n");
	assert_explains("x\n vector 14, error 2\n", "x\n vector 13, error 0\n",
		"step 1 of 1: x\n"
		"vector: expected 14 (#PF), seen 13 (#GP)\n");
}

static void
a_register_that_did_not_change_is_missing(void **state)
{
	(void)state;
	assert_explains("SWAPGS\n rax becomes 1\n rflags becomes 246\nnext\n",
		"SWAPGS\n rax becomes 1\nnext\n",
		"step 1 of 2: SWAPGS\n"
		"missing: rflags becomes 246\n"
		"that is 246 (PF, ZF, IF)\n");
}

static void
a_register_that_should_not_change_is_too_much(void **state)
{
	(void)state;
	assert_explains("a\n rip becomes 5\n",
		"a\n rbx becomes 4\n rip becomes 5\n",
		"step 1 of 1: a\ntoo much: rbx becomes 4\n");
	assert_explains("a\nb\n", "a\n rbx becomes 4\nb\n",
		"step 2 of 2\ntoo much: rbx becomes 4\n");
}

static void
a_register_with_another_value_is_named_with_its_bits(void **state)
{
	(void)state;
	assert_explains("a\n rflags becomes 2\n", "a\n rflags becomes 202\n",
		"step 1 of 1: a\n"
		"rflags: IF is too much\n"
		"expected 2 (none of its bits)\nseen 202 (IF)\n");
	assert_explains("a\n rax becomes 10\n", "a\n rax becomes 11\n",
		"step 1 of 1: a\n"
		"rax: expected 10, seen 11: bit 0 is too much\n");
}

static void
an_injected_event_is_taken_apart(void **state)
{
	(void)state;
	assert_explains("inject exception, vector 13: event_inj 780000b0d\n",
		"inject exception, vector 13: event_inj 8000030d\n",
		"step 1 of 1\n"
		"event_inj: has an error code is missing, error code is 0 and "
		"not 7\n"
		"expected 780000b0d (vector d, type 3, has an error code, "
		"valid, error code 7)\n"
		"seen 8000030d (vector d, type 3, valid)\n");
}

static void
another_outcome_is_put_in_words_too(void **state)
{
	(void)state;
	assert_explains("read of 1: lands at 2\n",
		"read of 1: faults, error 4\n",
		"step 1 of 1\n"
		"read of 1: expected lands at 2, seen faults\n"
		"seen is error 4 (user)\n");
}

static void
a_count_has_no_bits(void **state)
{
	(void)state;
	assert_explains("bytes 0\n", "bytes 12288\n",
		"step 1 of 1\nbytes: expected 0, seen 12288\n");
}

static void
words_are_shown_with_those_behind(void **state)
{
	(void)state;
	assert_explains("[3000, 4000) in time: all\n",
		"[3000, 4000) too early: all\n",
		"step 1 of 1\n"
		"[3000, 4000): expected in time, seen too early\n");
	assert_explains("0: page 5\n", "0: 8000200000\n",
		"step 1 of 1\n0: expected page 5, seen 8000200000\n");
}

/* What a program says, before what the emulator does. */
static void
what_was_never_said_is_missing(void **state)
{
	(void)state;
	assert_explains("@ exec 5\nexits: yes\n", "exits: no\n",
		"step 1 of 2\nmissing: @ exec 5\n");
}

static void
an_error_has_its_name(void **state)
{
	(void)state;
	assert_explains("map -12\n", "map -1\n",
		"step 1 of 1\nmap: expected -12 (ENOMEM), seen -1\n");
	assert_explains("call ffffffffffffffda\n", "call 5\n",
		"step 1 of 1\n"
		"call: expected ffffffffffffffda (-38, ENOSYS), seen 5\n");
}

static void
hostile_text_does_no_harm(void **state)
{
	static const char *const seen[] = { "error", "error ", "error error",
		"%s%n%s", "\n\n\n", "   ", " \n error 7",
		"error 999999999999999999999999", "-1", "vector vector 14",
		"x -", "-", "x -99999999999999999999", "ffffffffffffffff" };

	(void)state;
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		for (size_t k = 0; k < sizeof(seen) / sizeof(seen[0]); k++)
			if (i != k)
				free(explain(seen[i], seen[k]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_text_passes),
		cmocka_unit_test(any_other_text_does_not),
		cmocka_unit_test(
			the_first_line_that_differs_is_shown_with_those_before),
		cmocka_unit_test(what_ends_early_is_said_to),
		cmocka_unit_test(what_goes_on_too_long_is_said_to),
		cmocka_unit_test(a_long_line_is_cut),
		cmocka_unit_test(bits_of_an_error_code_are_named),
		cmocka_unit_test(
			which_error_code_it_is_follows_from_the_vector),
		cmocka_unit_test(a_register_that_did_not_change_is_missing),
		cmocka_unit_test(a_register_that_should_not_change_is_too_much),
		cmocka_unit_test(
			a_register_with_another_value_is_named_with_its_bits),
		cmocka_unit_test(an_injected_event_is_taken_apart),
		cmocka_unit_test(another_outcome_is_put_in_words_too),
		cmocka_unit_test(a_count_has_no_bits),
		cmocka_unit_test(words_are_shown_with_those_behind),
		cmocka_unit_test(what_was_never_said_is_missing),
		cmocka_unit_test(an_error_has_its_name),
		cmocka_unit_test(hostile_text_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
