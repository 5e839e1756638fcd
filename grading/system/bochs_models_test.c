/* SPDX-License-Identifier: MIT */
/*
 * Processors whose VMX cannot do all, or nothing: one line at boot says what
 * is missing, and guests run on the next best pair.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

/* What boot says of VMX, and what a guest says that it runs on. */
static void
assert_pair(const char *const *settings, const char *said, const char *pair)
{
	struct machine m;
	int status;

	status = machine_commands(&m, "vm run -c 'uname -a'", settings);
	if (status != 0)
		print_text("console", m.out.text);
	assert_int_equal(status, 0);
	machine_expect(&m, said);
	machine_expect(&m, pair);
	assert_null(strstr(m.out.text, "\nvmx: ")); /* it is the only one */
	machine_free(&m);
}

static void
without_unrestricted_guest_tables_are_shadowed(void **state)
{
	static const char *const settings[] = { "EMULATOR=bochs",
		"CPU=corei5_lynnfield_750", NULL };

	(void)state;
	assert_pair(settings,
		"vmx: this CPU has no unrestricted guest (VMX_PROC2[39])\n",
		" level 1, vmx+shadow\n");
}

/* Bochs' only one with VMX and no EPT; what else it lacks is told first. */
static void
the_first_generation_leaves_it_to_ring3(void **state)
{
	static const char *const settings[] = { "EMULATOR=bochs",
		"CPU=core2_penryn_t9600", NULL };

	(void)state;
	assert_pair(settings,
		"vmx: this CPU's VMX has no 'exit: load IA32_EFER'\n",
		" level 1, ring3+shadow\n");
}

static void
locked_off_by_the_firmware_leaves_it_to_ring3(void **state)
{
	static char bochs[4200] = "BOCHS=";
	static const char *const settings[] = { "EMULATOR=bochs", bochs, NULL };

	(void)state;
	assert_non_null(
		realpath("grading/system/bochs-locked", bochs + strlen(bochs)));
	assert_pair(settings,
		"vmx: the firmware has locked VMX off "
		"(IA32_FEATURE_CONTROL = 0x1)\n",
		" level 1, ring3+shadow\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			without_unrestricted_guest_tables_are_shadowed),
		cmocka_unit_test(the_first_generation_leaves_it_to_ring3),
		cmocka_unit_test(locked_off_by_the_firmware_leaves_it_to_ring3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
