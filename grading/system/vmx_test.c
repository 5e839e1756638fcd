/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-x, on an emulated Intel processor: Bochs' default CPU.  The CPU's
 * own verdict on VM entries (docs/errata-bochs.md), and what a switch between
 * VMs costs.  All self-tests and user tests run in grading/soak/vmx_test.c.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>
#include <string.h>

static const char *const bochs[] = { "EMULATOR=bochs", NULL };

static void
vmx_and_ept_are_the_default_pair(void **state)
{
	(void)state;
	assert_said("vm run -c 'uname -a'", bochs, 0, " level 1, vmx+ept\n");
}

/* The CPU and vmx_check() are of one mind; and guests come and go. */
static void
self_tests_pass(void **state)
{
	(void)state;
	assert_said("selftest vm_exit_status vm_two_at_once "
		    "vm_triple_fault_is_said "
		    "vm_jump_to_nowhere_ends_the_guest "
		    "nested_misconfiguration_is_named "
		    "vmx_bad_entries_are_refused_and_explained",
		bochs, 0, "6 passed, 0 failed, 0 skipped");
}

static void
shadow_tables_serve_as_well(void **state)
{
	(void)state;
	assert_said("vm run -m shadow -k -c 'uname -a'", bochs, 0,
		" level 1, vmx+shadow\n");
}

/* Guests with IF clear for ever: erratum B3, and the preemption timer. */
static void
guests_that_spin_deaf_are_preempted(void **state)
{
	(void)state;
	assert_said("usertests vm_guest_spins vm_owner_killed", bochs, 0,
		"usertests: 2 passed, 0 failed");
}

/* The number behind a word that begins a line, behind `at`. */
static unsigned long
number_of(const char **at, const char *word)
{
	unsigned long value = 0;
	char line[40];

	snprintf(line, sizeof(line), "\n%s ", word);
	*at = strstr(*at, line);
	assert_non_null(*at);
	*at += strlen(line);
	assert_int_equal(sscanf(*at, "%lu", &value), 1);
	return value;
}

/* Two guests that spin take turns on one CPU: nothing is ever forgotten. */
static void
a_switch_between_vms_forgets_nothing(void **state)
{
	const char *commands = "vm run -d -c 'yes | wc'; "
			       "vm run -d -c 'yes | wc'; "
			       "sleep 0.4; cat /vm/1/exits; "
			       "sleep 0.4; cat /vm/1/exits; poweroff";
	unsigned long switches, invepts, invvpids;
	struct machine m;
	const char *at;

	(void)state;
	machine_commands(&m, commands, bochs);
	at = m.out.text;
	switches = number_of(&at, "vm-switches");
	invepts = number_of(&at, "invept");
	invvpids = number_of(&at, "invvpid");
	assert_true(number_of(&at, "vm-switches") > switches + 10);
	assert_int_equal(number_of(&at, "invept"), invepts);
	assert_int_equal(number_of(&at, "invvpid"), invvpids);
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmx_and_ept_are_the_default_pair),
		cmocka_unit_test(self_tests_pass),
		cmocka_unit_test(shadow_tables_serve_as_well),
		cmocka_unit_test(guests_that_spin_deaf_are_preempted),
		cmocka_unit_test(a_switch_between_vms_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
