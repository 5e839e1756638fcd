/* SPDX-License-Identifier: MIT */
/* Which lines the grader takes for a function's body, and what it refuses. */
/* links: grading/auto/cut.c */
#include "grading/auto/cut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const plain = "int\n"
				 "first(int a)\n"
				 "{\n"
				 "\treturn a;\n"
				 "}\n"
				 "\n"
				 "static void\n"
				 "second(\n"
				 "\tint a, int b)\n"
				 "{\n"
				 "}\n";

/* The body of f in the text is this. */
static void
assert_body(const char *text, const char *body)
{
	struct cut c;

	assert_int_equal(cut_find(text, "f", &c), CUT_OK);
	assert_int_equal(c.end - c.start, strlen(body));
	assert_memory_equal(text + c.start, body, strlen(body));
}

static void
assert_refused(const char *text, enum cut_result why)
{
	struct cut c;

	assert_int_equal(cut_find(text, "f", &c), why);
}

static void
a_body_is_the_lines_between_the_braces(void **state)
{
	struct cut c;
	char *text;

	(void)state;
	assert_int_equal(cut_find(plain, "first", &c), CUT_OK);
	text = cut_replace(plain, &c, "\tlab_todo(\"00 first\");\n");
	assert_non_null(strstr(text, "{\n\tlab_todo(\"00 first\");\n}\n"));
	assert_null(strstr(text, "return a;"));
	free(text);
}

static void
arguments_may_take_several_lines(void **state)
{
	struct cut c;

	(void)state;
	assert_int_equal(cut_find(plain, "second", &c), CUT_OK);
	assert_int_equal(c.start, c.end);
}

static void
what_is_not_there_is_missing(void **state)
{
	(void)state;
	assert_refused("", CUT_MISSING);
	assert_refused(plain, CUT_MISSING);
	assert_refused("ff(void)\n{\n}\n", CUT_MISSING);
	assert_refused("\tf(void)\n{\n}\n", CUT_MISSING);
	assert_refused("void f(void)\n{\n}\n", CUT_MISSING);
}

static void
a_declaration_is_no_definition(void **state)
{
	(void)state;
	assert_refused("void\nf(void);\n", CUT_MISSING);
	assert_refused("void\nf(int a,\n\tint b);\n\n{\n}\n", CUT_MISSING);
	assert_body("void\nf(int a,\n\tint b); /* later */\n"
		    "void\nf(int a, int b)\n{\n\ta++;\n}\n",
		"\ta++;\n");
}

static void
a_definition_of_the_old_kind_is_not_cut(void **state)
{
	(void)state;
	assert_refused("int\nf(a)\n\tint a;\n{\n\treturn a;\n}\n", CUT_MISSING);
}

static void
two_definitions_are_one_too_many(void **state)
{
	(void)state;
	assert_refused("#if X\nf(void)\n{\n}\n#else\nf(void)\n{\n\tg();\n}\n"
		       "#endif\n",
		CUT_TWICE);
}

static void
comments_are_no_code(void **state)
{
	(void)state;
	assert_body("/*\nf(void)\n{\n\told();\n}\n*/\n"
		    "f(void) // {\n"
		    "{\n"
		    "\tx(); /* }\n}\n{ */\n"
		    "\ty(); // } \\\n}\n"
		    "}\n",
		"\tx(); /* }\n}\n{ */\n\ty(); // } \\\n}\n");
	assert_refused("f(void)\n{ /*\n}\n*/\n}\n", CUT_MISSING);
	assert_refused("/* f(void)\nf(void)\n{\n}\n", CUT_MISSING);
}

static void
strings_and_characters_are_no_code(void **state)
{
	(void)state;
	assert_body("f(void)\n{\n\tg(\"\\\"{\", '{', '\\'', \"/*\");\n}\n",
		"\tg(\"\\\"{\", '{', '\\'', \"/*\");\n");
	assert_body("f(void)\n{\n\tg(\"\\\n}\\\n{\");\n}\n",
		"\tg(\"\\\n}\\\n{\");\n");
	/* it ends with its line, as for the compiler */
	assert_body("f(void)\n{\n\tg(\"open);\n}\n", "\tg(\"open);\n");
}

static void
macros_are_no_code(void **state)
{
	(void)state;
	assert_body("#define BEGIN \\\nf(void) \\\n{\n"
		    "f(void)\n{\n# define X }\\\n}\n\tX\n}\n",
		"# define X }\\\n}\n\tX\n");
}

static void
nested_braces_pair_up(void **state)
{
	(void)state;
	assert_body("f(void)\n{\n\tif (a) {\n\t\tb();\n\t} else {\n\t}\n}\n",
		"\tif (a) {\n\t\tb();\n\t} else {\n\t}\n");
}

static void
a_brace_at_column_0_inside_a_body_is_refused(void **state)
{
	(void)state;
	assert_refused(
		"f(void)\n{\n\tif (a)\n{\n\tb();\n}\n\tc();\n}\n", CUT_UNEVEN);
}

static void
braces_that_an_if_has_twice_are_refused(void **state)
{
	(void)state;
	assert_refused("f(void)\n{\n#if X\n\tif (a) {\n#else\n\tif (b) {\n"
		       "#endif\n\t}\n}\n",
		CUT_UNEVEN);
}

static void
a_body_without_an_end_is_refused(void **state)
{
	(void)state;
	assert_refused("f(void)\n{\n", CUT_UNEVEN);
	assert_refused("f(void)\n{\n\tg();\n\t}\n", CUT_UNEVEN);
	assert_refused("f(void)\n{\n\tg();\n", CUT_UNEVEN);
}

static void
a_name_is_no_pattern(void **state)
{
	struct cut c;

	(void)state;
	assert_int_equal(cut_find(plain, "", &c), CUT_MISSING);
	assert_int_equal(cut_find(plain, "first(int a)", &c), CUT_MISSING);
	assert_int_equal(cut_find(plain, "f.rst", &c), CUT_MISSING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_is_the_lines_between_the_braces),
		cmocka_unit_test(arguments_may_take_several_lines),
		cmocka_unit_test(what_is_not_there_is_missing),
		cmocka_unit_test(a_declaration_is_no_definition),
		cmocka_unit_test(a_definition_of_the_old_kind_is_not_cut),
		cmocka_unit_test(two_definitions_are_one_too_many),
		cmocka_unit_test(comments_are_no_code),
		cmocka_unit_test(strings_and_characters_are_no_code),
		cmocka_unit_test(macros_are_no_code),
		cmocka_unit_test(nested_braces_pair_up),
		cmocka_unit_test(a_brace_at_column_0_inside_a_body_is_refused),
		cmocka_unit_test(braces_that_an_if_has_twice_are_refused),
		cmocka_unit_test(a_body_without_an_end_is_refused),
		cmocka_unit_test(a_name_is_no_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
