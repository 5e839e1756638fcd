/* SPDX-License-Identifier: MIT */
/*
 * usertests on the bare machine that Bochs is, whose default processor has
 * VMX: its guests run on vmx+ept, those that spin with IF clear among them.
 */
/* links: grading/system/machine.c */
#include "grading/system/machine.h"

static void
usertests_pass_on_bare_bochs(void **state)
{
	const char *const settings[] = { "EMULATOR=bochs", "MEM=256", NULL };

	(void)state;
	assert_said("usertests", settings, 0, " passed, 0 failed\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usertests_pass_on_bare_bochs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
