/* SPDX-License-Identifier: MIT */
/*
 * AMD-V on QEMU: the CPU's own verdict on VMCBs, beside svm_check()'s.  Bochs'
 * is in bochs_svm_test.c.
 */
/* links: grading/system/machine.c */
#include "machine.h"

static void
self_tests_pass(void **state)
{
	(void)state;
	assert_said("selftest svm_bad_vmcbs_are_refused_and_explained "
		    "vm_lme_before_pae_is_the_guests_alone "
		    "nested_misconfiguration_is_named",
		NULL, 0, "3 passed, 0 failed, 0 skipped");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_tests_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
