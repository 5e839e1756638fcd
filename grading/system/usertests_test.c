/* SPDX-License-Identifier: MIT */
/*
 * usertests inside the second copy, on the pairs where it takes seconds; make
 * soak has them all (grading/soak/usertests_test.c).
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <string.h>

static void
usertests_pass(const char *command)
{
	struct machine m;
	int status = machine_commands(&m, command, NULL);

	if (status != 0 || strstr(m.out.text, " 0 failed\n") == NULL)
		print_text(command, m.out.text);
	assert_int_equal(status, 0);
	assert_non_null(strstr(m.out.text, " 0 failed\n"));
	machine_free(&m);
}

static void
usertests_pass_on_svm_npt(void **state)
{
	(void)state;
	usertests_pass("vm run -M 48 -e svm -m npt -c usertests");
}

static void
usertests_pass_on_svm_shadow(void **state)
{
	(void)state;
	usertests_pass("vm run -M 48 -e svm -m shadow -c usertests");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usertests_pass_on_svm_npt),
		cmocka_unit_test(usertests_pass_on_svm_shadow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
