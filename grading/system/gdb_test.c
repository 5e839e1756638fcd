/* SPDX-License-Identifier: MIT */
/* `make gdb`: GDB has the machine, and the commands of .gdbinit work. */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>
#include <string.h>

/* What GDB says to two commands (one may be empty) in the first system call. */
static void
gdb_in_system_call(struct machine *m, const char *first, const char *second)
{
	const char *const argv[] = { "tools/gdb", "-batch", "-ex",
		"break trap_syscall", "-ex", "continue", "-ex", first, "-ex",
		second, NULL };
	const char *const settings[] = { "CMD=true", NULL };

	assert_int_equal(machine_run(m, argv, settings), 0);
	m->seen = 0;
	machine_expect(m, "Breakpoint 2, trap_syscall");
}

/* From the kernel through the system call into the program. */
static void
a_backtrace_goes_on_through_traps(void **state)
{
	struct machine m;

	(void)state;
	gdb_in_system_call(&m, "prog init", "backtrace");
	machine_expect(&m, "trap_syscall (tf=");
	machine_expect(&m, "<signal handler called>");
	machine_expect(&m, "syscall_raw () at user/lib/");
	machine_expect(&m, "main (argc=");
	machine_free(&m);
}

static void
pte_walks_the_page_table(void **state)
{
	struct machine m;

	(void)state;
	gdb_in_system_call(&m, "pte trap_syscall", "");
	machine_expect(&m, "PML4");
	machine_expect(&m, "PT ");
	machine_expect(&m, "rsx");
	machine_expect(&m, "physical 0x1");
	machine_free(&m);
	gdb_in_system_call(&m, "pte 16", "");
	machine_expect(&m, "not present");
	machine_free(&m);
	gdb_in_system_call(
		&m, "pte trap_syscall kernel_root", "pte 0x400000 kernel_root");
	machine_expect(&m, "physical 0x1");
	machine_expect(&m, "not present");
	machine_free(&m);
}

static void
trapframe_shows_the_registers(void **state)
{
	struct machine m;

	(void)state;
	gdb_in_system_call(&m, "trapframe tf", "");
	machine_expect(&m, "vector 256");
	machine_expect(&m, "from ring 3");
	machine_free(&m);
}

static void
ksym_names_a_function(void **state)
{
	struct machine m;

	(void)state;
	gdb_in_system_call(&m, "ksym $pc", "");
	machine_expect(&m, "trap_syscall in section .text");
	machine_free(&m);
}

static void
cpus_and_procs_list_what_runs(void **state)
{
	struct machine m;

	(void)state;
	gdb_in_system_call(&m, "cpus", "");
	machine_expect(&m, "cpu 0");
	machine_expect(&m, "runs init");
	machine_free(&m);
	gdb_in_system_call(&m, "procs", "");
	machine_expect(&m, "    1     0 THREAD_RUNNING");
	machine_expect(&m, "init");
	machine_free(&m);
}

/* QEMU would reset the machine; under GDB it stays as it was. */
static void
a_triple_fault_stops_at_its_instruction(void **state)
{
	const char *const argv[] = { "tools/gdb", "-batch", "-ex", "continue",
		"-ex", "backtrace", NULL };
	const char *const settings[] = { "CMD=echo reset >/dev/crash", NULL };
	struct machine m;

	(void)state;
	assert_int_equal(machine_run(&m, argv, settings), 0);
	machine_expect(&m, "crash_reset ()");
	machine_expect(&m, "crash_device_write (");
	machine_free(&m);
}

/* What GDB says when a guest by these options sleeps. */
static void
gdb_in_guest(struct machine *m, const char *options, const char *first,
	const char *second)
{
	const char *const argv[] = { "tools/gdb", "-batch", "-ex",
		"break exit_hlt", "-ex", "continue", "-ex", first, "-ex",
		second, NULL };
	char cmd[128];
	const char *const settings[] = { cmd, NULL };

	snprintf(cmd, sizeof(cmd), "CMD=vm run %s -c 'sleep 1'", options);
	assert_int_equal(machine_run(m, argv, settings), 0);
	m->seen = 0;
	machine_expect(m, "Breakpoint 2, exit_hlt");
}

static void
vmwalk_walks_in_two_dimensions(void **state)
{
	struct machine m;

	(void)state;
	gdb_in_guest(&m, "-e svm -m npt", "vmwalk 1 trap_handle", "vmwalk 2 0");
	machine_expect(&m, "   1  npt        4");
	machine_expect(&m, "   4  guest      4");
	machine_expect(&m, "  16  guest      1");
	machine_expect(&m, "  rsx");
	machine_expect(&m, "\n19 references");
	machine_expect(&m, "there is no VM 2");
	machine_free(&m);
	gdb_in_guest(&m, "-e svm -m npt -p 4K", "vmwalk 1 trap_handle", "");
	machine_expect(&m, "\n24 references");
	machine_free(&m);
}

static void
vmwalk_shows_the_shadow(void **state)
{
	struct machine m;

	(void)state;
	gdb_in_guest(&m, "-e svm -m shadow", "vmwalk 1 trap_handle", "");
	machine_expect(&m, "   4  guest      1");
	machine_expect(&m, "\n4 references");
	machine_expect(&m, "   4  shadow     1");
	machine_expect(&m, "\n4 references");
	machine_free(&m);
}

static void
vmexits_decodes_exits(void **state)
{
	struct machine m;

	(void)state;
	gdb_in_guest(&m, "", "vmexits", "");
	machine_expect(&m, "VM 1: ");
	machine_expect(&m, "  VMEXIT_IO out8 port 0x");
	machine_expect(&m, "  VMEXIT_HLT at 0x");
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backtrace_goes_on_through_traps),
		cmocka_unit_test(pte_walks_the_page_table),
		cmocka_unit_test(trapframe_shows_the_registers),
		cmocka_unit_test(ksym_names_a_function),
		cmocka_unit_test(a_triple_fault_stops_at_its_instruction),
		cmocka_unit_test(cpus_and_procs_list_what_runs),
		cmocka_unit_test(vmwalk_walks_in_two_dimensions),
		cmocka_unit_test(vmwalk_shows_the_shadow),
		cmocka_unit_test(vmexits_decodes_exits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
