/* SPDX-License-Identifier: MIT */
/*
 * The demonstration of POPF (tools/demos/popf): what a lecturer is to see.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <string.h>

#define DONE "the timer ticked 10 times\n"

static struct machine demo;

/* The tests behind this look at what it has printed. */
static void
the_demonstration_runs(void **state)
{
	const char *argv[] = { "tools/demo", "popf", NULL };
	int status = machine_run(&demo, argv, NULL);

	(void)state;
	print_text("tools/demo popf", demo.out.text);
	if (status != 0)
		print_text("standard error", demo.err.text);
	assert_int_equal(status, 0);
}

/* The console from one heading on. */
static const char *
part(const char *heading)
{
	const char *at;

	assert_non_null(demo.out.text);
	at = strstr(demo.out.text, heading);
	assert_non_null(at);
	return at;
}

static void
the_guest_ends_under_svm(void **state)
{
	const char *at = strstr(part("== svm"), DONE);

	(void)state;
	assert_non_null(at);
	assert_true(at < part("== ring3: "));
}

static void
it_hangs_under_ring3_and_vm_stat_says_why(void **state)
{
	const char *at = part("== ring3: ");

	(void)state;
	assert_non_null(strstr(at, "wait for the timer\n"));
	assert_null(strstr(at, DONE));
	assert_non_null(strstr(at, "note halted with interrupts off"));
	at = strstr(at, "note CLI at 0x");
	assert_non_null(at);
	assert_non_null(strstr(at, "in ring 3 it leaves IF alone"));
}

static void
one_that_does_not_halt_is_found_too(void **state)
{
	const char *at = part("== ring3, a guest that does not halt");

	(void)state;
	assert_non_null(strstr(at, "state running"));
	assert_non_null(strstr(at, "note computes with interrupts off"));
	assert_non_null(strstr(at, "in ring 3 it leaves IF alone"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_demonstration_runs),
		cmocka_unit_test(the_guest_ends_under_svm),
		cmocka_unit_test(it_hangs_under_ring3_and_vm_stat_says_why),
		cmocka_unit_test(one_that_does_not_halt_is_found_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
