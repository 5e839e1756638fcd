/* SPDX-License-Identifier: MIT */
/*
 * Settings that are wrong: nothing is started, and one line says what is wrong
 * and what to give instead.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>
#include <string.h>

/*
 * `target` with a setting ends with 255, and this one line.  The target
 * "bochs" is run with EMULATOR=bochs.
 */
static void
assert_refused(const char *target, const char *setting, const char *line)
{
	bool bochs = strcmp(target, "bochs") == 0;
	const char *const argv[] = { "make", "--no-print-directory",
		bochs ? "run" : target, setting,
		bochs ? "EMULATOR=bochs" : NULL, NULL };
	struct machine m;
	char *newline;

	assert_int_equal(machine_run(&m, argv, NULL), 255);
	assert_string_equal(m.out.text, "");
	newline = strchr(m.err.text, '\n');
	assert_non_null(newline);
	assert_string_equal(newline, "\n");
	*newline = '\0';
	assert_string_equal(m.err.text, line);
	machine_free(&m);
}

static void
bad_smp(void **state)
{
	(void)state;
	assert_refused(
		"run", "SMP=9", "droste: SMP=9: give a number of CPUs, 1 to 8");
	assert_refused(
		"run", "SMP=0", "droste: SMP=0: give a number of CPUs, 1 to 8");
	assert_refused("run", "SMP=2,maxcpus=4",
		"droste: SMP=2,maxcpus=4: give a number of CPUs, 1 to 8");
}

static void
bad_mem(void **state)
{
	(void)state;
	assert_refused(
		"run", "MEM=abc", "droste: MEM=abc: give MiB, 16 to 65536");
	assert_refused(
		"run", "MEM=-1", "droste: MEM=-1: give MiB, 16 to 65536");
	assert_refused("run", "MEM=99999999999999999999",
		"droste: MEM=99999999999999999999: give MiB, 16 to 65536");
	assert_refused(
		"vm", "MEM=12M", "droste: MEM=12M: give the guest's MiB");
}

static void
bad_cpu(void **state)
{
	(void)state;
	assert_refused("run", "CPU=pentium9",
		"droste: CPU=pentium9: no such model; "
		"qemu-system-x86_64 -cpu help lists them");
}

static void
bad_accel(void **state)
{
	(void)state;
	assert_refused("run", "ACCEL=xen",
		"droste: ACCEL=xen: it is tcg, mttcg or kvm");
}

static void
missing_files(void **state)
{
	(void)state;
	assert_refused("vm", "GUEST=no/such file",
		"droste: cannot read the file no/such file");
	assert_refused("vm", "GUEST=docs", "droste: cannot read the file docs");
	assert_refused(
		"vm", "INITRD=Makefile", "droste: INITRD is for a GUEST");
}

static void
missing_qemu(void **state)
{
	(void)state;
	assert_refused("run", "QEMU=no-such-qemu",
		"droste: no program no-such-qemu: "
		"install qemu-system-x86 or set QEMU");
}

static void
bad_emulator(void **state)
{
	(void)state;
	assert_refused("run", "EMULATOR=vmware",
		"droste: EMULATOR=vmware: it is qemu or bochs");
	assert_refused("bochs", "CPU=max",
		"droste: CPU=max: no such model; "
		"bochs-bin --help cpu lists them");
	assert_refused("bochs", "MEM=4096",
		"droste: MEM=4096: Bochs takes 16 to 2048 MiB");
	assert_refused("bochs", "ACCEL=kvm",
		"droste: ACCEL=kvm: Bochs has none; unset it");
	assert_refused("bochs", "BOCHS=no-such-bochs",
		"droste: no program no-such-bochs: install bochs or set BOCHS");
	assert_refused("gdb", "EMULATOR=bochs",
		"droste: Bochs (as Debian has it) has no GDB stub: "
		"make gdb needs EMULATOR=qemu");
}

static void
good_settings_reach_the_machine(void **state)
{
	const char *const settings[] = { "SMP=3", "MEM=64", "CPU=qemu64",
		NULL };
	struct machine m;

	(void)state;
	assert_int_equal(machine_commands(&m, "uptime; free", settings), 0);
	assert_non_null(strstr(m.out.text, "3 CPUs"));
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_smp),
		cmocka_unit_test(bad_mem),
		cmocka_unit_test(bad_cpu),
		cmocka_unit_test(bad_accel),
		cmocka_unit_test(missing_files),
		cmocka_unit_test(missing_qemu),
		cmocka_unit_test(bad_emulator),
		cmocka_unit_test(good_settings_reach_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
