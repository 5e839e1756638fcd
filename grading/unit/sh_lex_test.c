/* SPDX-License-Identifier: MIT */
/* The shell's tokens: where words end, what quotes hide, what is refused. */
/* links: user/sh/lex.c */
#include "user/sh/lex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* All tokens of text, each in brackets with its kind before it if not a word.
 */
static void
expect(const char *text, const char *want)
{
	static const char *const kinds[] = { "end", "error", "newline", "",
		"io", "op", "op", "op", "op", "op", "op", "op", "op", "op",
		"op", "op", "op" };
	char got[1024];
	size_t n = 0;
	struct lexer l;
	struct token t;

	lex_init(&l, text);
	do {
		t = lex_next(&l);
		if (t.kind == TOKEN_ERROR)
			n += (size_t)snprintf(
				got + n, sizeof(got) - n, "error: %s", l.error);
		else if (t.kind != TOKEN_END)
			n += (size_t)snprintf(got + n, sizeof(got) - n,
				"%s[%.*s]", kinds[t.kind], (int)t.length,
				t.text);
		assert_true(n < sizeof(got));
	} while (t.kind != TOKEN_END && t.kind != TOKEN_ERROR);
	got[n] = 0;
	assert_string_equal(got, want);
}

static void
words_end_at_blanks_and_operators(void **state)
{
	(void)state;
	expect("", "");
	expect("  a\tbc  ", "[a][bc]");
	expect("a|b", "[a]op[|][b]");
	expect("a&&b||c;d&e", "[a]op[&&][b]op[||][c]op[;][d]op[&][e]");
	expect("(a)", "op[(][a]op[)]");
	expect("a\nb", "[a]newline[\n][b]");
	expect("a>b>>c<d>&e<&f",
		"[a]op[>][b]op[>>][c]op[<][d]op[>&][e]op[<&]"
		"[f]");
	expect("|||", "op[||]op[|]");
}

static void
quotes_hide_what_is_in_them(void **state)
{
	(void)state;
	expect("'a b'", "['a b']");
	expect("\"a b|c\"", "[\"a b|c\"]");
	expect("a'b c'd\"e f\"g", "[a'b c'd\"e f\"g]");
	expect("'\"'", "['\"']");
	expect("\"'\"", "[\"'\"]");
	expect("\"a\\\"b\"", "[\"a\\\"b\"]");
	expect("'a\\'b", "['a\\'b]");
	expect("a\\ b", "[a\\ b]");
	expect("\\'a b", "[\\'a][b]");
	expect("'a\nb'", "['a\nb']");
	expect("\"${a}\"", "[\"${a}\"]");
}

static void
quotes_in_quotes_of_a_nested_command(void **state)
{
	(void)state;
	expect("vm run -c \"echo 'a;b' | wc; echo \\\"c d\\\"\" | head",
		"[vm][run][-c][\"echo 'a;b' | wc; echo \\\"c d\\\"\"]op[|]"
		"[head]");
}

static void
comments_end_with_the_line(void **state)
{
	(void)state;
	expect("a #b c\nd", "[a]newline[\n][d]");
	expect("a#b", "[a#b]");
	expect("#", "");
	expect("'#'a", "['#'a]");
}

static void
digits_before_a_redirection_are_its_number(void **state)
{
	(void)state;
	expect("2>a", "io[2]op[>][a]");
	expect("2>&1", "io[2]op[>&][1]");
	expect("a2>b", "[a2]op[>][b]");
	expect("2 >a", "[2]op[>][a]");
	expect("a 12<b", "[a]io[12]op[<][b]");
	expect("'2'>a", "['2']op[>][a]");
}

static void
an_escaped_newline_joins_lines(void **state)
{
	struct lexer l;

	(void)state;
	expect("a\\\nb", "[a\\\nb]");
	expect("a \\\n b", "[a][b]");
	lex_init(&l, "a \\\n");
	lex_next(&l);
	lex_next(&l);
	assert_true(l.continued);
	lex_init(&l, "a \\\nb");
	while (lex_next(&l).kind == TOKEN_WORD)
		;
	assert_false(l.continued);
}

static void
errors_are_told(void **state)
{
	(void)state;
	expect("a 'b", "[a]error: unterminated ' quote");
	expect("\"a", "error: unterminated \" quote");
	expect("\"a\\\"", "error: unterminated \" quote");
	expect("$(a)", "error: command substitution is not supported");
	expect("\"`a`\"", "error: command substitution is not supported");
	expect("${a", "error: ${ without its }");
	expect("a <<b", "[a]error: here-documents are not supported");
}

static void
a_backslash_at_the_end_is_itself(void **state)
{
	(void)state;
	expect("a\\", "[a\\]");
	expect("\\", "[\\]");
}

static void
lines_are_counted(void **state)
{
	struct lexer l;

	(void)state;
	lex_init(&l, "a\n'b\nc'\n\"d\\\n\"\ne\\\nf");
	while (lex_next(&l).kind != TOKEN_END)
		;
	assert_int_equal(l.line, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_end_at_blanks_and_operators),
		cmocka_unit_test(quotes_hide_what_is_in_them),
		cmocka_unit_test(quotes_in_quotes_of_a_nested_command),
		cmocka_unit_test(comments_end_with_the_line),
		cmocka_unit_test(digits_before_a_redirection_are_its_number),
		cmocka_unit_test(an_escaped_newline_joins_lines),
		cmocka_unit_test(errors_are_told),
		cmocka_unit_test(a_backslash_at_the_end_is_itself),
		cmocka_unit_test(lines_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
