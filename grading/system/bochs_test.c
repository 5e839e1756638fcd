/* SPDX-License-Identifier: MIT */
/*
 * The other machine: on Bochs, whose boot protocol, devices and way to end are
 * not QEMU's, `make run` keeps its promises all the same.
 */
/* links: grading/system/machine.c grading/system/ends.c */
#include "ends.h"
#include "machine.h"

#include <string.h>

#define BOCHS "EMULATOR=bochs"

static const char *const bochs[] = { BOCHS, NULL };

static void
commands_arrive_and_the_status_comes_back(void **state)
{
	(void)state;
	every_byte_arrives_on(BOCHS);
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
	assert_int_equal(
		machine_commands(&m, "echo stack >/dev/crash", bochs), 128);
	machine_expect(&m, "panic: ");
	machine_expect(&m, "syscall_entry+0x");
	machine_free(&m);
}

static void
a_triple_fault_is_129(void **state)
{
	(void)state;
	a_triple_fault_is_129_on(BOCHS);
}

/* The TSC counts instructions, from the first of the BIOS on. */
static void
a_run_repeats_to_the_instruction(void **state)
{
	static const char *const settings[] = { BOCHS, "ICOUNT=1", NULL };
	struct machine one, two;

	(void)state;
	assert_int_equal(machine_commands(&one, "bench boot", settings), 0);
	assert_int_equal(machine_commands(&two, "bench boot", settings), 0);
	assert_int_equal(strncmp(one.out.text, "bench boot ", 11), 0);
	assert_string_equal(one.out.text, two.out.text);
	machine_free(&one);
	machine_free(&two);
}

/* More than the port and a FIFO hold. */
static void
a_long_line_is_typed(void **state)
{
	char line[200] = "echo ";
	struct machine m;

	(void)state;
	machine_start_shell(&m, bochs);
	memset(line + 5, 'x', 100);
	strcat(line, "end | wc -c\r");
	machine_send(&m, line);
	machine_expect(&m, "\n104");
	machine_free(&m);
}

static void
control_c_ends_the_command_alone(void **state)
{
	(void)state;
	control_c_ends_the_command_on(BOCHS);
}

static void
control_a_x_ends_bochs(void **state)
{
	(void)state;
	control_a_x_ends(BOCHS);
}

static void
a_killed_run_ends_its_machine(void **state)
{
	(void)state;
	a_killed_run_ends_on(BOCHS);
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
		cmocka_unit_test(a_long_line_is_typed),
		cmocka_unit_test(control_c_ends_the_command_alone),
		cmocka_unit_test(control_a_x_ends_bochs),
		cmocka_unit_test(a_killed_run_ends_its_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
