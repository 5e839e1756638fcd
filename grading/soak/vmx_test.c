/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-x on Bochs at length: every self-test, and every user test in the
 * second copy on both kinds of tables.
 */
/* links: grading/system/machine.c */
#include "grading/system/machine.h"

static const char *const bochs[] = { "EMULATOR=bochs", NULL };

/* All but that of SVM's VMCBs. */
static void
self_tests_pass(void **state)
{
	(void)state;
	assert_said("selftest", bochs, 0, " passed, 0 failed, 1 skipped\n");
}

static void
user_tests_pass_on_vmx_and_ept(void **state)
{
	(void)state;
	assert_said("vm run -e vmx -m ept -c usertests", bochs, 0,
		" passed, 0 failed\n");
}

static void
user_tests_pass_on_vmx_and_shadow(void **state)
{
	(void)state;
	assert_said("vm run -e vmx -m shadow -c usertests", bochs, 0,
		" passed, 0 failed\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_tests_pass),
		cmocka_unit_test(user_tests_pass_on_vmx_and_ept),
		cmocka_unit_test(user_tests_pass_on_vmx_and_shadow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
