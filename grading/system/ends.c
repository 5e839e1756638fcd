/* SPDX-License-Identifier: MIT */
/* How a run ends, on every machine alike; contracts in ends.h. */
#include "ends.h"

#include "machine.h"

#include <signal.h>
#include <string.h>

void
every_byte_arrives_on(const char *emulator)
{
	const char *const settings[] = { emulator, NULL };
	char text[300] = "echo '", expected[300] = "";
	struct machine m;

	for (int byte = 1; byte < 256; byte++)
		if (byte != '\'')
			strncat(expected, (char[]){ (char)byte, 0 }, 1);
	strcat(text, expected);
	strcat(text, "'; exit 127");
	strcat(expected, "\n");
	assert_int_equal(machine_commands(&m, text, settings), 127);
	assert_string_equal(m.out.text, expected);
	machine_free(&m);
}

void
a_triple_fault_is_129_on(const char *emulator)
{
	const char *const settings[] = { emulator, NULL };
	struct machine m;

	assert_int_equal(
		machine_commands(&m, "echo reset >/dev/crash", settings), 129);
	assert_non_null(strstr(m.err.text, "triple fault"));
	machine_free(&m);
}

void
a_killed_run_ends_on(const char *emulator)
{
	const char *const settings[] = { "CMD=echo up; cat", emulator, NULL };
	struct machine m;

	machine_start(
		&m, (const char *[]){ "tools/run", NULL }, settings, false);
	machine_expect(&m, "up\n");
	kill(m.pid, SIGTERM);
	assert_int_equal(machine_wait(&m), 128 + SIGTERM);
	/* QEMU has a line of its own on who ended it; nobody else has any. */
	if (strncmp(m.err.text, "qemu-system", strlen("qemu-system")) != 0)
		assert_string_equal(m.err.text, "");
	machine_free(&m);
}

void
control_c_ends_the_command_on(const char *emulator)
{
	const char *const settings[] = { emulator, NULL };
	struct machine m;

	machine_start_shell(&m, settings);
	machine_send(&m, "yes\r");
	machine_expect(&m, "\ny");
	machine_send(&m, "\003");
	machine_expect(&m, "droste0$ ");
	machine_send(&m, "exit 5\r");
	assert_int_equal(machine_wait(&m), 5);
	machine_free(&m);
}

void
control_a_x_ends(const char *emulator)
{
	const char *const settings[] = { emulator, NULL };
	struct machine m;

	machine_start_shell(&m, settings);
	machine_send(&m, "\001x");
	assert_int_equal(machine_wait(&m), 0);
	machine_free(&m);
}
