/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-x on Bochs at length: every self-test, and every user test in the
 * second copy on both kinds of tables.
 */
/* links: grading/system/machine.c */
#include "grading/system/machine.h"

#include <stdio.h>

static void
passes(const char *commands, const char *said)
{
	const char *const settings[] = { "EMULATOR=bochs", NULL };
	struct machine m;

	assert_int_equal(machine_commands(&m, commands, settings), 0);
	machine_expect(&m, said);
	machine_free(&m);
}

/* All but that of SVM's VMCBs. */
static void
self_tests_pass(void **state)
{
	(void)state;
	passes("selftest", " passed, 0 failed, 1 skipped\n");
}

static void
user_tests_pass_on_vmx_and_ept(void **state)
{
	(void)state;
	passes("vm run -e vmx -m ept -c usertests", " passed, 0 failed\n");
}

static void
user_tests_pass_on_vmx_and_shadow(void **state)
{
	(void)state;
	passes("vm run -e vmx -m shadow -c usertests", " passed, 0 failed\n");
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
