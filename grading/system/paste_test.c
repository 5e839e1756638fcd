/* SPDX-License-Identifier: MIT */
/*
 * Typing faster than anybody reads: the terminal makes the sender wait
 * instead of losing bytes.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>

#define LINES	   120
#define LINE_BYTES 80 /* in all twice what the terminal can keep */

static void
nothing_typed_is_lost_while_nobody_reads(void **state)
{
	char line[LINE_BYTES + 1], mark[16], total[16];
	struct machine m;

	(void)state;
	machine_start_shell(&m, NULL);
	machine_send(&m, "echo started; sleep 1; wc -c\r");
	machine_expect(&m, "\nstarted");
	for (int i = 0; i < LINES; i++) {
		snprintf(mark, sizeof(mark), "line-%04d", i);
		snprintf(line, sizeof(line), "%-*s\n", LINE_BYTES - 1, mark);
		machine_send(&m, line);
		machine_expect(&m, mark);
	}
	machine_send(&m, "\004");
	snprintf(total, sizeof(total), "%d", LINES * LINE_BYTES);
	machine_expect(&m, total);
	machine_free(&m);
}

/* The port is set up when it has come already. */
static void
what_is_typed_before_the_kernel_runs_is_not_lost(void **state)
{
	struct machine m;

	(void)state;
	machine_start(&m, (const char *[]){ "tools/run", NULL }, NULL, false);
	machine_send(&m, "exit 7\n");
	assert_int_equal(machine_wait(&m), 7);
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_typed_before_the_kernel_runs_is_not_lost),
		cmocka_unit_test(nothing_typed_is_lost_while_nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
