/* SPDX-License-Identifier: MIT */
/*
 * How the machine ends is how `make run` ends: the status of the commands, or
 * 128 and more for a machine that did not get that far.
 */
/* links: grading/system/machine.c grading/system/ends.c */
#include "ends.h"
#include "machine.h"

#include <stdio.h>
#include <string.h>

static int
status_of_make(const char *cmd)
{
	struct machine m;
	int status = machine_run(
		&m, (const char *[]){ "make", "run", cmd, NULL }, NULL);

	machine_free(&m);
	return status;
}

static void
success_is_0(void **state)
{
	(void)state;
	assert_int_equal(status_of_make("CMD=true"), 0);
}

static void
the_status_is_that_of_the_commands(void **state)
{
	(void)state;
	assert_int_equal(status_of_make("CMD=false"), 1);
	assert_int_equal(status_of_make("CMD=exit 7"), 7);
	assert_int_equal(status_of_make("CMD=exit 127"), 127);
}

/* These look like an end by signal to a shell that runs QEMU. */
static void
statuses_above_63_arrive(void **state)
{
	struct machine m;

	(void)state;
	assert_int_equal(machine_commands(&m, "exit 68", NULL), 68);
	machine_free(&m);
	assert_int_equal(machine_commands(&m, "exit 71", NULL), 71);
	machine_free(&m);
}

static void
the_last_command_counts(void **state)
{
	(void)state;
	assert_int_equal(status_of_make("CMD=exit 3; exit 4"), 3);
	assert_int_equal(status_of_make("CMD=false; true"), 0);
	assert_int_equal(status_of_make("CMD=true && false"), 1);
}

static void
an_unknown_command_is_127(void **state)
{
	(void)state;
	assert_int_equal(status_of_make("CMD=no-such-command"), 127);
}

/* Run with an initrd that is not one: there is no /bin/init. */
static void
a_panic_is_128(void **state)
{
	const char *const argv[] = { "tools/run", "-i", "Makefile", NULL };
	const char *const settings[] = { "CMD=true", NULL };
	struct machine m;

	(void)state;
	assert_int_equal(machine_run(&m, argv, settings), 128);
	assert_non_null(strstr(m.out.text, "panic: "));
	machine_free(&m);
}

/* Each way for the kernel to break that has a name in kernel/dev/crash.c. */
static void
a_kernel_bug_is_a_panic_with_a_backtrace(void **state)
{
	static const char *const ways[] = { "panic", "null", "write", "exec",
		"stack", "user" };
	char commands[64];
	struct machine m;

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		snprintf(commands, sizeof(commands), "echo %s >/dev/crash",
			ways[i]);
		assert_int_equal(machine_commands(&m, commands, NULL), 128);
		m.seen = 0;
		machine_expect(&m, "panic: ");
		machine_expect(&m, "backtrace:");
		machine_expect(&m, "file_write+0x");
		machine_expect(&m, "syscall_entry+0x");
		machine_free(&m);
	}
}

static void
a_triple_fault_is_129(void **state)
{
	(void)state;
	a_triple_fault_is_129_on(NULL);
}

static void
a_killed_run_ends_its_machine(void **state)
{
	(void)state;
	a_killed_run_ends_on(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(success_is_0),
		cmocka_unit_test(the_status_is_that_of_the_commands),
		cmocka_unit_test(statuses_above_63_arrive),
		cmocka_unit_test(the_last_command_counts),
		cmocka_unit_test(an_unknown_command_is_127),
		cmocka_unit_test(a_panic_is_128),
		cmocka_unit_test(a_kernel_bug_is_a_panic_with_a_backtrace),
		cmocka_unit_test(a_triple_fault_is_129),
		cmocka_unit_test(a_killed_run_ends_its_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
