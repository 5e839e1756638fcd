/* SPDX-License-Identifier: MIT */
/* The machine on a terminal: typing, and ending it from the keyboard. */
/* links: grading/system/machine.c grading/system/ends.c */
#include "ends.h"
#include "machine.h"

static void
a_typed_command_runs(void **state)
{
	struct machine m;

	(void)state;
	machine_start_shell(&m, NULL);
	machine_send(&m, "echo a\"\"b | cat\r");
	machine_expect(&m, "\nab");
	machine_expect(&m, "droste0$ ");
	machine_free(&m);
}

static void
control_d_powers_off(void **state)
{
	struct machine m;

	(void)state;
	machine_start_shell(&m, NULL);
	machine_send(&m, "\004");
	assert_int_equal(machine_wait(&m), 0);
	machine_free(&m);
}

/* A line and its ^D, typed while a command runs: in cooked mode. */
static void
control_d_typed_ahead_powers_off(void **state)
{
	struct machine m;

	(void)state;
	machine_start_shell(&m, NULL);
	machine_send(&m, "echo go\"\"ing; sleep 1\r");
	machine_expect(&m, "\ngoing");
	machine_send(&m, "echo a\"\"b\r\004");
	machine_expect(&m, "\nab");
	assert_int_equal(machine_wait(&m), 0);
	machine_free(&m);
}

static void
control_c_ends_the_command_alone(void **state)
{
	(void)state;
	control_c_ends_the_command_on(NULL);
}

static void
control_a_x_ends_qemu(void **state)
{
	(void)state;
	control_a_x_ends(NULL);
}

/* ^] leaves a VM running and `vm console` goes back to it; ^C is the guest's.
 */
static void
a_vm_is_left_and_found_again(void **state)
{
	struct machine m;

	(void)state;
	machine_start_shell(&m, NULL);
	machine_send(&m, "vm run\r");
	machine_expect(&m, "droste1$ ");
	machine_send(&m, "yes\r");
	machine_expect(&m, "\ny");
	machine_send(&m, "\003");
	machine_expect(&m, "droste1$ ");
	machine_send(&m, "\035");
	machine_expect(&m, "droste0$ ");
	machine_send(&m, "vm ls\r");
	machine_expect(&m, "running");
	machine_expect(&m, "droste0$ ");
	machine_send(&m, "vm console 1\r");
	machine_send(&m, "echo ba''ck\r");
	machine_expect(&m, "back");
	machine_expect(&m, "droste1$ ");
	machine_send(&m, "\004");
	machine_expect(&m, "droste0$ ");
	machine_send(&m, "exit 6\r");
	assert_int_equal(machine_wait(&m), 6);
	machine_free(&m);
}

/* No fixed port, file or lock: each answers while the other runs. */
static void
two_machines_run_side_by_side(void **state)
{
	struct machine one, two;

	(void)state;
	machine_start_shell(&one, NULL);
	machine_start_shell(&two, NULL);
	for (int i = 0; i < 2; i++) {
		machine_send(&one, "echo on''e\r");
		machine_send(&two, "echo tw''o\r");
		machine_expect(&one, "one");
		machine_expect(&two, "two");
	}
	machine_send(&one, "exit 1\r");
	assert_int_equal(machine_wait(&one), 1);
	machine_send(&two, "exit 2\r");
	assert_int_equal(machine_wait(&two), 2);
	machine_free(&one);
	machine_free(&two);
}

/* The other way to boot: a CD, GRUB, and Multiboot2. */
static void
the_cd_boots_through_grub(void **state)
{
	const char *const iso[] = { "make", "iso", NULL };
	const char *const run[] = { "tools/run", "-d", "build/droste.iso",
		NULL };
	struct machine m;

	(void)state;
	assert_int_equal(machine_run(&m, iso, NULL), 0);
	machine_free(&m);
	machine_start(&m, run, NULL, true);
	machine_expect(&m, "droste0$ ");
	machine_send(&m, "exit 9\r");
	assert_int_equal(machine_wait(&m), 9);
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_typed_command_runs),
		cmocka_unit_test(control_d_powers_off),
		cmocka_unit_test(control_d_typed_ahead_powers_off),
		cmocka_unit_test(control_c_ends_the_command_alone),
		cmocka_unit_test(control_a_x_ends_qemu),
		cmocka_unit_test(a_vm_is_left_and_found_again),
		cmocka_unit_test(two_machines_run_side_by_side),
		cmocka_unit_test(the_cd_boots_through_grub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
