/* SPDX-License-Identifier: MIT */
/* The shell's variables, and what of them programs inherit. */
/* links: user/sh/vars.c user/sh/arena.c user/lib/xmalloc.c */
#include "user/sh/vars.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct vars vars;
static struct arena arena;

static int
teardown(void **state)
{
	(void)state;
	while (vars.first != NULL)
		vars_unset(&vars, vars.first->name);
	arena_free(&arena);
	return 0;
}

static void
a_variable_has_its_last_value(void **state)
{
	(void)state;
	assert_null(vars_get(&vars, "A"));
	vars_set(&vars, "A", "1");
	vars_assign(&vars, "A=2=3");
	assert_string_equal(vars_get(&vars, "A"), "2=3");
	vars_set(&vars, "A", vars_get(&vars, "A"));
	assert_string_equal(vars_get(&vars, "A"), "2=3");
	vars_unset(&vars, "A");
	assert_null(vars_get(&vars, "A"));
	vars_unset(&vars, "A");
}

static void
only_what_is_exported_is_inherited(void **state)
{
	char *inherited[] = { "P=/bin", "bad", "1=2", "Q=", NULL }, **e;

	(void)state;
	vars_import(&vars, inherited);
	vars_set(&vars, "LOCAL", "x");
	vars_export(&vars, "LATER");
	vars_set(&vars, "P", "/sbin");
	e = vars_environment(&vars, &arena);
	assert_string_equal(e[0], "P=/sbin");
	assert_string_equal(e[1], "Q=");
	assert_null(e[2]);
	vars_set(&vars, "LATER", "y");
	e = vars_environment(&vars, &arena);
	assert_string_equal(e[2], "LATER=y");
}

static void
names_are_letters_digits_and_underscores(void **state)
{
	(void)state;
	assert_true(vars_is_name("_a9Z"));
	assert_false(vars_is_name("9a"));
	assert_false(vars_is_name(""));
	assert_false(vars_is_name("a-b"));
	assert_false(vars_is_name("a="));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			a_variable_has_its_last_value, teardown),
		cmocka_unit_test_teardown(
			only_what_is_exported_is_inherited, teardown),
		cmocka_unit_test(names_are_letters_digits_and_underscores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
