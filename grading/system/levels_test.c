/* SPDX-License-Identifier: MIT */
/*
 * Droste in Droste in Droste, through `vm run` in the guest of `vm run`.  On a
 * CPU without hardware for it, trap-and-emulate runs the second copy, the third
 * and the fourth, with no code that knows of levels; where there is SVM, it is
 * the first copy's alone, and what runs inside is deprivileged again.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <string.h>

#define NO_SVM "CPU=qemu64,-svm"

static void
a_third_copy_reaches_its_shell(void **state)
{
	const char *const settings[] = { NO_SVM, "MEM=256", NULL };

	(void)state;
	assert_said("vm run -M 100 -c 'vm run -c \"uname -a\"'", settings, 0,
		"level 2, ring3+shadow\n");
}

/* Time that counts instructions: each level's timer takes its share. */
static void
a_fourth_copy_reaches_its_shell(void **state)
{
	const char *const settings[] = { NO_SVM, "MEM=512", "ICOUNT=1", NULL };

	(void)state;
	assert_said("vm run -M 300 -c 'vm run -M 100 -c "
		    "\"vm run -c uname\\ -a\"'",
		settings, 0, "level 3, ring3+shadow\n");
}

static void
hardware_runs_a_copy_that_runs_one_without(void **state)
{
	const char *const settings[] = { "MEM=256", NULL };

	(void)state;
	assert_said("vm run -m npt -M 100 -c 'vm run -c \"uname -a\"'",
		settings, 0, "level 2, ring3+shadow\n");
	assert_said("vm run -m shadow -M 100 -c 'vm run -c \"uname -a\"'",
		settings, 0, "level 2, ring3+shadow\n");
}

/* CPUID, which cannot be made to trap, shows SVM there. */
static void
a_deprivileged_copy_has_no_svm(void **state)
{
	const char *const settings[] = { "MEM=256", NULL };
	struct machine m;

	(void)state;
	assert_said("vm run -e ring3 -M 100 -c 'vm run -c \"uname -a\"'",
		settings, 0, "level 2, ring3+shadow\n");
	assert_int_not_equal(machine_commands(&m,
				     "vm run -e ring3 -M 100 -c "
				     "'vm run -e svm -c \"uname -a\"'",
				     settings),
		0);
	assert_null(strstr(m.out.text, "level 2"));
	assert_non_null(strstr(m.out.text, "svm"));
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_third_copy_reaches_its_shell),
		cmocka_unit_test(a_fourth_copy_reaches_its_shell),
		cmocka_unit_test(hardware_runs_a_copy_that_runs_one_without),
		cmocka_unit_test(a_deprivileged_copy_has_no_svm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
