/* SPDX-License-Identifier: MIT */
/*
 * `vm walk` in a machine: a running guest whose kernel is mapped by small
 * pages and whose memory by large ones, on each pair of engines, in guest
 * memory made of large pages and of small ones.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>
#include <string.h>

/* A shell, and in it a guest with these options that is up: VM 1. */
static void
start_guest(struct machine *m, const char *options)
{
	char command[128];

	machine_start_shell(m, NULL);
	snprintf(command, sizeof(command),
		"vm run -d %s -c 'echo up; sleep 1000'; "
		"head -n 1 /vm/1/console\n",
		options);
	machine_send(m, command);
	machine_expect(m, "\nup");
}

static void
end(struct machine *m)
{
	machine_send(m, "poweroff\n");
	machine_wait(m);
	machine_free(m);
}

/*
 * To the guest's code, in a small page, and to the last of its memory, where
 * the initrd lies and all of it is mapped by large pages; with nested pages as
 * large as can be, and with small ones.
 */
static void
expect_nested(const char *cpu, const char *mmu, const char *const *settings)
{
	char command[400], first[40];
	struct machine m;

	snprintf(command, sizeof(command),
		"vm run -d -e %s -m %s -M 32 "
		"-c 'echo up; sleep 1000'; head -n 1 /vm/1/console; "
		"vm walk 1; vm walk 1 0xffff800001fff000; "
		"vm kill 1; vm run -d -e %s -m %s -p 4K "
		"-c 'echo up; sleep 1000'; head -n 1 /vm/2/console; "
		"vm walk 2",
		cpu, mmu, cpu, mmu);
	assert_int_equal(machine_commands(&m, command, settings), 0);
	snprintf(first, sizeof(first), "   1  %s        4", mmu);
	m.seen = 0;
	machine_expect(&m, first);
	machine_expect(&m, "   4  guest      4");
	machine_expect(&m, "(4 KiB page)");
	machine_expect(&m, "19 references = (4 + 1)(3 + 1) - 1");
	machine_expect(&m, "is gpa 1fff000 (2 MiB page)");
	machine_expect(&m, "15 references = (3 + 1)(3 + 1) - 1");
	machine_expect(&m, "(4 KiB page)");
	machine_expect(&m, "24 references = (4 + 1)(4 + 1) - 1");
	machine_free(&m);
}

static void
nested_pages(void **state)
{
	(void)state;
	expect_nested("svm", "npt", NULL);
}

static void
nested_pages_of_intel(void **state)
{
	static const char *const settings[] = { "EMULATOR=bochs", NULL };

	(void)state;
	expect_nested("vmx", "ept", settings);
}

static void
expect_shadow(const char *options)
{
	struct machine m;

	start_guest(&m, options);
	machine_send(&m, "vm walk 1\n");
	machine_expect(&m, "the CPU's entry");
	machine_expect(&m,
		"4 references: the CPU walks the shadow alone. "
		"The guest's 4 are the VMM's.");
	end(&m);
}

static void
the_shadow_stands_beside_the_guest(void **state)
{
	(void)state;
	expect_shadow("-e svm -m shadow");
	expect_shadow("-e ring3 -m shadow");
}

static void
nonsense_gets_one_line(void **state)
{
	(void)state;
	assert_console("vm run -d -c 'echo up; sleep 1000'; "
		       "head -n 1 /vm/1/console; "
		       "vm walk 1 0x8000000000000000; (vm walk 1 nonsense; "
		       "echo $?; vm walk 1 ''; vm walk 1 -1; vm walk 7; "
		       "vm walk 1 123456789012345678901234567890; "
		       "vm kill 1; vm walk 1; echo $?) 2>&1",
		"1\nup\n"
		"8000000000000000 is not canonical: an access is a #GP or #SS "
		"before any walk\n"
		"vm: walk: 'nonsense' is no address: a number below 2^64, rip "
		"or rsp\n2\n"
		"vm: walk: '' is no address: a number below 2^64, rip or rsp\n"
		"vm: walk: '-1' is no address: a number below 2^64, rip or "
		"rsp\n"
		"vm: there is no VM 7; vm ls lists them\n"
		"vm: walk: '1234567890123456789...' is no address: a number "
		"below 2^64, rip or rsp\n"
		"vm: there is no VM 1; vm ls lists them\n125\n");
}

/* While the guest works, on another CPU, each walk is one state's. */
static void
a_guest_that_runs_is_walked_in_one_state(void **state)
{
	const char *const argv[] = { "make", "run", NULL };
	const char *const settings[] = { "SMP=2",
		"CMD=vm run -d -c 'echo up; yes | cat >/dev/null'; "
		"head -n 1 /vm/1/console; w='vm walk 1'; r='vm walk 1 rsp'; "
		"($w; $r; $w; $r; $w; $r; $w; $r) | grep ' references = ' "
		"| wc -l",
		NULL };
	struct machine m;

	(void)state;
	assert_int_equal(machine_run(&m, argv, settings), 0);
	m.seen = 0;
	machine_expect(&m, "up\n");
	machine_expect(&m, "8\n");
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_pages),
		cmocka_unit_test(nested_pages_of_intel),
		cmocka_unit_test(the_shadow_stands_beside_the_guest),
		cmocka_unit_test(nonsense_gets_one_line),
		cmocka_unit_test(a_guest_that_runs_is_walked_in_one_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
