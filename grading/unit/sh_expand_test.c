/* SPDX-License-Identifier: MIT */
/* The shell's words as arguments: quotes, parameters, splitting, patterns. */
/* links: user/sh/expand.c user/sh/glob.c user/sh/arena.c user/lib/xmalloc.c */
#include "user/sh/expand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "user/sh/glob.h"

static const char *
lookup(const struct expand_env *env, const char *name)
{
	(void)env;
	if (strcmp(name, "A") == 0)
		return "alpha";
	if (strcmp(name, "TWO") == 0)
		return " one  two ";
	if (strcmp(name, "STAR") == 0)
		return "*";
	if (strcmp(name, "BACK") == 0)
		return "a\\*b";
	if (strcmp(name, "?") == 0)
		return "42";
	if (strcmp(name, "#") == 0)
		return "2";
	if (strcmp(name, "EMPTY") == 0)
		return "";
	return NULL;
}

/* As if the directory held these files. */
static size_t
files(const struct expand_env *env, const char *pattern, struct fields *to,
	struct arena *arena)
{
	static char *const names[] = { "a.c", "b.c", "b*c" };
	size_t n = 0;

	(void)env;
	for (size_t i = 0; i < 3; i++)
		if (glob_match(pattern, names[i])) {
			fields_add(to, arena, names[i]);
			n++;
		}
	return n;
}

static char *args[] = { "sh", "x y", "z", NULL };
static struct expand_env env = {
	.lookup = lookup, .glob = files, .args = args, .nargs = 3
};

/* The arguments, each in brackets. */
static void
expect(const char *word, const char *want)
{
	struct arena arena = { NULL };
	struct fields f = { .n = 0 };
	char got[512] = "";
	size_t n = 0;

	if (expand_word(&env, &arena, word, &f) < 0)
		n = (size_t)snprintf(got, sizeof(got), "error");
	else
		for (size_t i = 0; i < f.n; i++)
			n += (size_t)snprintf(
				got + n, sizeof(got) - n, "[%s]", f.v[i]);
	assert_true(n < sizeof(got));
	arena_free(&arena);
	assert_string_equal(got, want);
}

static void
expect_single(const char *word, const char *want)
{
	struct arena arena = { NULL };
	char *got = expand_single(&env, &arena, word);

	assert_non_null(got);
	assert_string_equal(got, want);
	arena_free(&arena);
}

static void
quotes_are_removed(void **state)
{
	(void)state;
	expect("abc", "[abc]");
	expect("'a b'\"c d\"e", "[a bc de]");
	expect("''", "[]");
	expect("\"\"", "[]");
	expect("a''b", "[ab]");
	expect("\\a\\ \\'", "[a ']");
	expect("'\\a'", "[\\a]");
	expect("\"\\a\\\"\\\\\\$A\"", "[\\a\"\\$A]");
	expect("a\\\nb", "[ab]");
	expect("\"a\\\nb\"", "[ab]");
	expect("'a\\\nb'", "[a\\\nb]");
	expect("a\\", "[a\\]");
}

static void
parameters_are_replaced(void **state)
{
	(void)state;
	expect("$A", "[alpha]");
	expect("x${A}y", "[xalphay]");
	expect("$A.$A", "[alpha.alpha]");
	expect("$?", "[42]");
	expect("\"$?\"x", "[42x]");
	expect("$Ax", "");
	expect("$NONE", "");
	expect("\"$NONE\"", "[]");
	expect("$EMPTY$EMPTY", "");
	expect("'$A'", "[$A]");
	expect("\\$A", "[$A]");
	expect("$", "[$]");
	expect("a$ b", "[a$ b]");
	expect("$.", "[$.]");
}

static void
values_are_split_outside_of_quotes(void **state)
{
	(void)state;
	expect("$TWO", "[one][two]");
	expect("\"$TWO\"", "[ one  two ]");
	expect("a${TWO}b", "[a][one][two][b]");
	expect("$TWO\"\"", "[one][two][]");
	expect_single("$TWO", " one  two ");
}

static void
arguments_of_the_script(void **state)
{
	(void)state;
	expect("$1", "[x][y]");
	expect("\"$1\"", "[x y]");
	expect("\"$@\"", "[x y][z]");
	expect("a\"$@\"b", "[ax y][zb]");
	expect("\"$*\"", "[x y z]");
	expect("$@", "[x][y][z]");
	expect("$0$#", "[sh2]");
	expect("$9", "");
	expect("${10}", "");
	expect_single("\"$@\"", "x y z");
	env.nargs = 1;
	expect("\"$@\"", "");
	expect("\"$*\"", "[]");
	env.nargs = 3;
}

static void
unknown_substitutions_are_refused(void **state)
{
	(void)state;
	expect("${A:-b}", "error");
	expect("${}", "error");
	expect("\"${A\"", "error");
}

static void
patterns_become_file_names(void **state)
{
	(void)state;
	expect("*.c", "[a.c][b.c]");
	expect("'*'.c", "[*.c]");
	expect("\\*.c", "[*.c]");
	expect("\"*\".c", "[*.c]");
	expect("b\\*?", "[b*c]");
	expect("*.x", "[*.x]");
	expect("[ab].c", "[a.c][b.c]");
	expect("$STAR.c", "[a.c][b.c]");
	expect("\"$STAR\".c", "[*.c]");
	expect("$BACK", "[a\\*b]");
	expect_single("*.c", "*.c");
}

static void
glob_matches(void **state)
{
	(void)state;
	assert_true(glob_match("", ""));
	assert_false(glob_match("", "a"));
	assert_true(glob_match("*", ""));
	assert_true(glob_match("a*b*c", "axxbxbxc"));
	assert_false(glob_match("a*b*c", "axxbxbx"));
	assert_true(glob_match("?b", "ab"));
	assert_false(glob_match("?", ""));
	assert_true(glob_match("[a-c]x", "bx"));
	assert_false(glob_match("[!a-c]x", "bx"));
	assert_true(glob_match("[]a]", "]"));
	assert_true(glob_match("[a-]", "-"));
	assert_true(glob_match("[ab", "[ab"));
	assert_true(glob_match("\\*", "*"));
	assert_false(glob_match("\\*", "a"));
	assert_true(glob_match("[\\]]", "]"));
}

/* A matcher that goes back to every star would take for ever. */
static void
glob_takes_no_exponential_time(void **state)
{
	char name[2001], pattern[2001];

	(void)state;
	memset(name, 'a', 2000);
	name[2000] = 0;
	for (int i = 0; i < 1000; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	pattern[2000] = 0;
	pattern[1999] = 'b';
	assert_false(glob_match(pattern, name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_are_removed),
		cmocka_unit_test(parameters_are_replaced),
		cmocka_unit_test(values_are_split_outside_of_quotes),
		cmocka_unit_test(arguments_of_the_script),
		cmocka_unit_test(unknown_substitutions_are_refused),
		cmocka_unit_test(patterns_become_file_names),
		cmocka_unit_test(glob_matches),
		cmocka_unit_test(glob_takes_no_exponential_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
