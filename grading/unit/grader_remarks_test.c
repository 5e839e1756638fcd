/* SPDX-License-Identifier: MIT */
/* What a submission's text is remarked upon for, and what it is not. */
/* links: grading/auto/submission.c grading/auto/lab.c grading/auto/programs.c
 * grading/auto/stop.c grading/auto/util.c */
/* libs: inih */
#include "grading/auto/grade.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/droste-remarks-XXXXXX";

/* The remarks on a file of an exercise, of which the reference has known. */
static void
take(const char *known, const char *text, struct list *remarks)
{
	struct hole hole = { .path = "a.c", .function = "f" };
	static struct lab lab;
	char *tree = format("%s/tree", folder);
	char *ours = format("%s/tree/a.c", folder);
	char *handed_in = format("%s/handed-in", folder);
	char *file = format("%s/handed-in/a.c", folder);

	lab.n_holes = 1;
	lab.hole = &hole;
	*remarks = (struct list){ 0 };
	file_write(ours, known, strlen(known));
	file_write(file, text, strlen(text));
	submission_take(&lab, handed_in, tree, remarks);
	free(file);
	free(handed_in);
	free(ours);
	free(tree);
}

static void
assert_remarks(const char *known, const char *text, size_t n)
{
	struct list remarks;

	take(known, text, &remarks);
	assert_int_equal(remarks.n, n);
	list_free(&remarks);
}

static void
a_call_is_remarked_upon(void **state)
{
	(void)state;
	assert_remarks("", "f() { exit(0); }", 1);
	assert_remarks("", "f() {\n\tfork();\n}", 1);
	assert_remarks("", "exit(0)", 1);
}

static void
another_name_that_ends_so_is_not(void **state)
{
	(void)state;
	assert_remarks("", "f() { trap_exit(0); do_fork(); proc_kill(); }", 0);
	assert_remarks("", "f() { do_exit(0); exit(0); }", 1);
}

static void
what_the_reference_has_is_no_news(void **state)
{
	(void)state;
	assert_remarks("f() { kill(1); }", "f() { kill(2); }", 0);
	assert_remarks("f() { proc_kill(1); }", "f() { kill(2); }", 1);
}

static void
a_word_is_found_within_others(void **state)
{
	(void)state;
	assert_remarks("", "__attribute__((__constructor__)) f() { }", 1);
}

static int
folder_make_once(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int
folder_remove(void **state)
{
	(void)state;
	tree_remove(folder);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_remarked_upon),
		cmocka_unit_test(another_name_that_ends_so_is_not),
		cmocka_unit_test(what_the_reference_has_is_no_news),
		cmocka_unit_test(a_word_is_found_within_others),
	};

	return cmocka_run_group_tests(tests, folder_make_once, folder_remove);
}
