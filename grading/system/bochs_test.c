/* SPDX-License-Identifier: MIT */
/*
 * The other machine: on Bochs, whose boot protocol, devices and way to end are
 * not QEMU's, `make run` keeps its promises all the same.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <signal.h>
#include <string.h>

static int
bochs_commands(struct machine *m, const char *commands)
{
	const char *const settings[] = { "EMULATOR=bochs", NULL };

	return machine_commands(m, commands, settings);
}

static void
commands_arrive_and_the_status_comes_back(void **state)
{
	char text[300] = "echo '", expected[300] = "";
	struct machine m;

	(void)state;
	for (int byte = 1; byte < 256; byte++)
		if (byte != '\'')
			strncat(expected, (char[]){ (char)byte, 0 }, 1);
	strcat(text, expected);
	strcat(text, "'; exit 127");
	strcat(expected, "\n");
	assert_int_equal(bochs_commands(&m, text), 127);
	assert_string_equal(m.out.text, expected);
	machine_free(&m);
}

/* tools/run -a and -i: what is used instead of CMD and the tree's initrd. */
static void
another_command_line_and_no_initrd(void **state)
{
	static const char *const settings[] = { "EMULATOR=bochs", "CMD=exit 4",
		NULL };
	struct machine m;

	(void)state;
	assert_int_equal(machine_run(&m,
				 (const char *[]){ "tools/run", "-a",
					 "verbose cmd=exit 5", NULL },
				 settings),
		5);
	machine_expect(&m, "boot: multiboot2");
	machine_free(&m);
	assert_int_equal(
		machine_run(&m, (const char *[]){ "tools/run", "-i", "", NULL },
			settings),
		128);
	machine_expect(&m,
		"cannot run /bin/init from the initrd: "
		"no such file or directory");
	machine_free(&m);
}

static void
a_panic_is_128(void **state)
{
	struct machine m;

	(void)state;
	assert_int_equal(bochs_commands(&m, "echo stack >/dev/crash"), 128);
	machine_expect(&m, "panic: ");
	machine_expect(&m, "syscall_entry+0x");
	machine_free(&m);
}

static void
a_triple_fault_is_129(void **state)
{
	struct machine m;

	(void)state;
	assert_int_equal(bochs_commands(&m, "echo reset >/dev/crash"), 129);
	assert_non_null(strstr(m.err.text, "triple fault"));
	machine_free(&m);
}

/* The TSC counts instructions, from the first of the BIOS on. */
static void
a_run_repeats_to_the_instruction(void **state)
{
	static const char *const settings[] = { "EMULATOR=bochs", "ICOUNT=1",
		NULL };
	struct machine one, two;

	(void)state;
	assert_int_equal(machine_commands(&one, "bench boot", settings), 0);
	assert_int_equal(machine_commands(&two, "bench boot", settings), 0);
	assert_int_equal(strncmp(one.out.text, "bench boot ", 11), 0);
	assert_string_equal(one.out.text, two.out.text);
	machine_free(&one);
	machine_free(&two);
}

/* All that somebody at the keyboard does, on one machine. */
static void
somebody_types(void **state)
{
	static const char *const settings[] = { "EMULATOR=bochs", NULL };
	char line[200] = "echo ";
	struct machine m;

	(void)state;
	machine_start_shell(&m, settings);
	memset(line + 5, 'x', 100); /* more than the port and a FIFO hold */
	strcat(line, "end | wc -c\r");
	machine_send(&m, line);
	machine_expect(&m, "\n104");
	machine_send(&m, "yes\r");
	machine_expect(&m, "\ny");
	machine_send(&m, "\003");
	machine_expect(&m, "droste0$ ");
	machine_send(&m, "exit 5\r");
	assert_int_equal(machine_wait(&m), 5);
	machine_free(&m);
}

static void
control_a_x_ends_bochs(void **state)
{
	static const char *const settings[] = { "EMULATOR=bochs", NULL };
	struct machine m;

	(void)state;
	machine_start_shell(&m, settings);
	machine_send(&m, "\001x");
	assert_int_equal(machine_wait(&m), 0);
	machine_free(&m);
}

static void
a_killed_run_ends_its_machine(void **state)
{
	static const char *const settings[] = { "EMULATOR=bochs",
		"CMD=echo up; cat", NULL };
	struct machine m;

	(void)state;
	machine_start(
		&m, (const char *[]){ "tools/run", NULL }, settings, false);
	machine_expect(&m, "up\n");
	kill(m.pid, SIGTERM);
	assert_int_equal(machine_wait(&m), 128 + SIGTERM);
	assert_string_equal(m.err.text, "");
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_arrive_and_the_status_comes_back),
		cmocka_unit_test(another_command_line_and_no_initrd),
		cmocka_unit_test(a_panic_is_128),
		cmocka_unit_test(a_triple_fault_is_129),
		cmocka_unit_test(a_run_repeats_to_the_instruction),
		cmocka_unit_test(somebody_types),
		cmocka_unit_test(control_a_x_ends_bochs),
		cmocka_unit_test(a_killed_run_ends_its_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
