/* SPDX-License-Identifier: MIT */
/*
 * What shows only after many times: `make soak`.  Machines that boot again and
 * again, VMs that come and go, and load on several CPUs.
 */
/* links: grading/system/machine.c */
#include "grading/system/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOTS 200

/* The free KiB in each table that `free` printed; returns how many. */
static int
free_memory(const char *console, long *kib, int max)
{
	int n = 0;

	while (n < max && (console = strstr(console, "total ")) != NULL) {
		console = strchr(console, '\n');
		assert_non_null(console);
		assert_int_equal(sscanf(console, "%*d %*d %ld", &kib[n]), 1);
		n++;
	}
	return n;
}

/* The first takes what stays for good; from then on nothing is lost. */
static void
second_copies_lose_no_frame(void **state)
{
	char commands[64 + BOOTS * 16] = "vm run -c true\nfree\n";
	struct machine m;
	long kib[2];

	(void)state;
	for (int i = 0; i < BOOTS; i++)
		strcat(commands, "vm run -c true\n");
	strcat(commands, "free");
	assert_int_equal(machine_commands(&m, commands, NULL), 0);
	assert_int_equal(free_memory(m.out.text, kib, 2), 2);
	assert_int_equal(kib[0], kib[1]);
	machine_free(&m);
}

static void
eight_cpus_boot_every_time(void **state)
{
	const char *const settings[] = { "SMP=8", "ACCEL=mttcg", NULL };
	struct machine m;

	(void)state;
	for (int i = 0; i < BOOTS; i++) {
		assert_int_equal(machine_commands(&m, "echo $?", settings), 0);
		assert_string_equal(m.out.text, "0\n");
		machine_free(&m);
	}
}

/* Pipelines and VMs at once, more than there are CPUs. */
static void
pipelines_and_vms_share_four_cpus(void **state)
{
	const char *const settings[] = { "SMP=4", "MEM=512", NULL };
	char commands[4096] = "";
	struct machine m;

	(void)state;
	for (int i = 0; i < 8; i++)
		strcat(commands,
			"seq 20000 | grep 7 | wc -l >out & "
			"vm run -c 'seq 3000 | wc -l' & ");
	strcat(commands, "wait; cat out; echo done");
	assert_int_equal(machine_commands(&m, commands, settings), 0);
	assert_non_null(strstr(m.out.text, "6878\ndone\n"));
	/* Lines of two consoles may mix; the numbers are there. */
	m.seen = 0;
	for (int i = 0; i < 8; i++)
		machine_expect(&m, "3000");
	machine_free(&m);
}

/* On each engine pair the copy is as good a machine as the first. */
static void
usertests_on_every_engine_pair(void **state)
{
	static const char *const pairs[] = { "svm -m npt", "svm -m shadow",
		"ring3 -m shadow" };
	const char *const settings[] = { "MEM=256", NULL };
	char commands[64];
	struct machine m;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		snprintf(commands, sizeof(commands),
			"vm run -M 64 -e %s -c usertests", pairs[i]);
		assert_int_equal(machine_commands(&m, commands, settings), 0);
		assert_non_null(strstr(m.out.text, " passed, 0 failed"));
		machine_free(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(second_copies_lose_no_frame),
		cmocka_unit_test(eight_cpus_boot_every_time),
		cmocka_unit_test(pipelines_and_vms_share_four_cpus),
		cmocka_unit_test(usertests_on_every_engine_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
