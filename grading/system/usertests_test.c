/* SPDX-License-Identifier: MIT */
/*
 * usertests inside the second copy, on the pairs where it takes seconds; make
 * soak has them all (grading/soak/usertests_test.c).
 */
/* links: grading/system/machine.c */
#include "machine.h"

static void
usertests_pass_on_svm_npt(void **state)
{
	(void)state;
	assert_said("vm run -M 48 -e svm -m npt -c usertests", NULL, 0,
		" 0 failed\n");
}

static void
usertests_pass_on_svm_shadow(void **state)
{
	(void)state;
	assert_said("vm run -M 48 -e svm -m shadow -c usertests", NULL, 0,
		" 0 failed\n");
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
