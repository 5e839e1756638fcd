/* SPDX-License-Identifier: MIT */
/*
 * A second opinion on the svm engine: Bochs' AMD processor, which was written
 * from the manual by other people than QEMU's.  What it does not do as the
 * manual says is in docs/errata.md.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <string.h>

static const char *const ryzen[] = { "EMULATOR=bochs", "CPU=ryzen", NULL };

/* The second copy does a bit of everything: processes, files, a pipe. */
static void
assert_second_copy(const char *pair, const char *command)
{
	struct machine m;
	const char *level;
	int status = machine_commands(&m, command, ryzen);

	if (status != 3)
		print_text("console", m.out.text);
	assert_int_equal(status, 3);
	level = strstr(m.out.text, "level 1, ");
	assert_non_null(level);
	assert_memory_equal(level + strlen("level 1, "), pair, strlen(pair));
	assert_non_null(strstr(m.out.text, "\n25\n"));
	machine_free(&m);
}

static void
nested_pages_work(void **state)
{
	(void)state;
	assert_second_copy("svm+npt",
		"vm run -e svm -m npt -c 'uname -a; seq 25 | grep 25; "
		"exit 3'");
}

/* Each of the guest's page faults is injected: erratum B1. */
static void
shadow_tables_work(void **state)
{
	(void)state;
	assert_second_copy("svm+shadow",
		"vm run -e svm -m shadow -c 'uname -a; seq 25 | grep 25; "
		"exit 3'");
}

/* Erratum B2: the machine around it goes on. */
static void
a_guests_triple_fault_is_its_own(void **state)
{
	struct machine m;

	(void)state;
	assert_int_equal(machine_commands(&m,
				 "vm run -m npt -c 'echo reset >/dev/crash'; "
				 "vm run -m shadow -c 'echo reset "
				 ">/dev/crash'; exit 4",
				 ryzen),
		4);
	machine_expect(&m, "triple fault");
	machine_expect(&m, "triple fault");
	machine_free(&m);
}

/*
 * svm_check() and the CPU are of one mind about VMCBs, and the VMM and the CPU
 * about nested entries that mean nothing.
 */
static void
self_tests_pass(void **state)
{
	(void)state;
	assert_said("selftest nested_misconfiguration_is_named "
		    "svm_bad_vmcbs_are_refused_and_explained",
		ryzen, 0, "2 passed, 0 failed, 0 skipped");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_pages_work),
		cmocka_unit_test(shadow_tables_work),
		cmocka_unit_test(a_guests_triple_fault_is_its_own),
		cmocka_unit_test(self_tests_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
