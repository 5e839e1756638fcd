/* SPDX-License-Identifier: MIT */
/*
 * The kernel on each machine that it is made for: one CPU to eight, with an
 * APIC and without, with little memory, with an old CPU; and its own tests in
 * them, on the machine and in the second copy.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Self-tests that are about CPUs and devices, but run no guest. */
#define SELFTESTS_OF_CPUS                                                      \
	"selftest sched_uses_every_cpu sched_preempts_a_thread_that_spins "    \
	"waitq_loses_no_wakeup waitq_sleep_ends_at_its_deadline time_goes_on " \
	"irq_disable_nests pipe_between_threads memfs_appends_stay_whole "     \
	"pmm_blocks_do_not_overlap kheap_objects_do_not_overlap "              \
	"cpu_protections_are_on"

#define SELFTESTS_OF_VMS                                                       \
	"selftest vm_two_at_once vm_flood_with_a_reader_loses_no_byte "        \
	"vm_console_both_ways vm_kill_ends_a_loop"

/* What a guest is stopped for, and what the kernel may hold more of then. */
#define NO_MEMORY "the host has no memory left"
#define SLACK_KIB 16 /* a few objects, each in a page of its own */

/*
 * Run commands to their end, however long that takes as long as something is
 * printed; they are to succeed and to print the text, or NULL for any.
 */
static void
commands_succeed(
	const char *commands, const char *a, const char *b, const char *text)
{
	const char *settings[] = { NULL, a, b, NULL };
	struct machine m;
	char *cmd;
	int status;

	if (asprintf(&cmd, "CMD=%s", commands) < 0)
		fail_msg("no memory");
	settings[0] = cmd;
	machine_start(
		&m, (const char *[]){ "tools/run", NULL }, settings, false);
	if (!machine_drain(&m))
		print_message("# it has stopped to say anything\n");
	status = machine_wait(&m);
	if (status != 0 || (text && !strstr(m.out.text, text))) {
		print_text("commands", commands);
		print_text("console", m.out.text);
		print_text("standard error", m.err.text);
	}
	assert_int_equal(status, 0);
	assert_true(!text || strstr(m.out.text, text));
	machine_free(&m);
	free(cmd);
}

static void
any_number_of_cpus_up_to_8(void **state)
{
	char smp[16], said[16];

	(void)state;
	for (int n = 1; n <= 8; n++) {
		snprintf(smp, sizeof(smp), "SMP=%d", n);
		snprintf(said, sizeof(said), ", %d CPU%s,", n,
			n == 1 ? "" : "s");
		commands_succeed("uptime", smp, NULL, said);
	}
}

/* Truly at the same time: a thread of the host for each CPU. */
static void
four_cpus_at_the_same_time(void **state)
{
	(void)state;
	commands_succeed(SELFTESTS_OF_CPUS, "SMP=4", "ACCEL=mttcg",
		" 0 failed, 0 skipped");
}

static void
vms_move_between_eight_cpus(void **state)
{
	(void)state;
	commands_succeed(SELFTESTS_OF_CPUS ";" SELFTESTS_OF_VMS, "SMP=8",
		"MEM=256", "4 passed, 0 failed, 0 skipped");
}

static void
without_an_apic_pic_and_pit_do(void **state)
{
	(void)state;
	commands_succeed("dmesg", "CPU=max,-apic", NULL, "irq: pic\n");
	commands_succeed(SELFTESTS_OF_CPUS ";" SELFTESTS_OF_VMS,
		"CPU=max,-apic", NULL, "4 passed, 0 failed, 0 skipped");
}

/* No SMEP, SMAP, UMIP, XSAVE, and no nested paging. */
static void
an_old_cpu_will_do(void **state)
{
	(void)state;
	commands_succeed("selftest time_goes_on irq_disable_nests && "
			 "vm run -c 'uname -a'",
		"CPU=qemu64,-svm", NULL, "level 1, ring3+shadow");
}

static void
kernel_and_shell_in_32_mib_a_guest_in_16(void **state)
{
	(void)state;
	commands_succeed("seq 1000 | wc -l && vm run -M 16 -c 'ls /bin | wc'",
		"MEM=32", NULL, NULL);
}

/*
 * Guests are promised more memory than there is, and take it: the one that
 * finds none is stopped, and says so.  Behind it all is free again.
 */
static void
guests_that_take_all_memory_cost_none(void **state)
{
	const char *const settings[] = { "MEM=32", NULL };
	const char *const commands = "vm run -M 20 -c true; free; "
				     "vm run -M 26 -c 'yes 0123456789 > /f' & "
				     "vm run -M 26 -c 'yes 0123456789 > /f' & "
				     "vm run -M 26 -c 'yes 0123456789 > /f' & "
				     "wait; free";
	long left[2];
	struct machine m;
	const char *at;

	(void)state;
	machine_commands(&m, commands, settings);
	at = m.out.text;
	for (int i = 0; i < 2; i++) {
		at = strstr(at, "objects\n");
		assert_non_null(at);
		at += strlen("objects\n");
		assert_int_equal(1, sscanf(at, "%*d %*d %ld", &left[i]));
	}
	if (!strstr(m.out.text, NO_MEMORY))
		print_text("console", m.out.text);
	assert_non_null(strstr(m.out.text, NO_MEMORY));
	assert_true(left[1] + SLACK_KIB >= left[0]);
	machine_free(&m);
}

static void
usertests_on_the_machine(void **state)
{
	(void)state;
	commands_succeed("usertests", NULL, NULL, " passed, 0 failed");
	commands_succeed("usertests", "SMP=4", NULL, " passed, 0 failed");
}

static void
usertests_in_the_second_copy(void **state)
{
	(void)state;
	commands_succeed("vm run -M 64 -e svm -m npt -c usertests", "MEM=256",
		NULL, " passed, 0 failed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_cpus_up_to_8),
		cmocka_unit_test(four_cpus_at_the_same_time),
		cmocka_unit_test(vms_move_between_eight_cpus),
		cmocka_unit_test(without_an_apic_pic_and_pit_do),
		cmocka_unit_test(an_old_cpu_will_do),
		cmocka_unit_test(kernel_and_shell_in_32_mib_a_guest_in_16),
		cmocka_unit_test(guests_that_take_all_memory_cost_none),
		cmocka_unit_test(usertests_on_the_machine),
		cmocka_unit_test(usertests_in_the_second_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
