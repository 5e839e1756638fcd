/* SPDX-License-Identifier: MIT */
/*
 * The other machine: on Bochs, whose boot protocol, devices and way to end are
 * not QEMU's, `make run` keeps its promises all the same.
 */
/* links: grading/system/machine.c */
#include "machine.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_arrive_and_the_status_comes_back),
		cmocka_unit_test(a_panic_is_128),
		cmocka_unit_test(a_triple_fault_is_129),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
