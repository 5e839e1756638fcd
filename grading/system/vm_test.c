/* SPDX-License-Identifier: MIT */
/*
 * `make vm`: a kernel from the host's disk as a guest, its console, and its
 * exit status.  The guest here is Droste once more, given as a file.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DROSTE "GUEST=build/droste", "INITRD=build/initrd.tar"

/* Run make vm with up to five settings; the console is in m->out.text. */
static int
make_vm(struct machine *m, const char *const *settings)
{
	const char *argv[10] = { "make", "vm" };
	int n = 2;

	while (*settings != NULL && n < 9)
		argv[n++] = *settings++;
	return machine_run(m, argv, NULL);
}

static void
assert_vm(const char *const *settings, int status, const char *console)
{
	struct machine m;

	assert_int_equal(make_vm(&m, settings), status);
	assert_string_equal(m.out.text, console);
	machine_free(&m);
}

static void
a_guest_from_the_disk_runs(void **state)
{
	const char *const settings[] = { DROSTE, "CMDLINE=cmd=echo hello",
		NULL };

	(void)state;
	assert_vm(settings, 0, "hello\n");
}

static void
the_status_is_the_guests(void **state)
{
	const char *const settings[] = { DROSTE, "CMDLINE=cmd=exit 9", NULL };

	(void)state;
	assert_vm(settings, 9, "");
}

/* Through make, two shells, and the command lines of two kernels. */
static void
the_command_line_arrives(void **state)
{
	const char *const settings[] = { DROSTE,
		"CMDLINE=cmd=echo \"it's\"  '$x $$ \\ `a` ; | \" # $(b)'",
		NULL };

	(void)state;
	assert_vm(settings, 0, "it's $x $$ \\ `a` ; | \" # $(b)\n");
}

static void
without_a_guest_it_is_the_second_copy(void **state)
{
	const char *const settings[] = { "CMD=uname -a", NULL };
	struct machine m;

	(void)state;
	assert_int_equal(make_vm(&m, settings), 0);
	assert_non_null(strstr(m.out.text, "level 1, "));
	machine_free(&m);
}

static void
engines_are_chosen_by_name(void **state)
{
	const char *const good[] = { DROSTE, "ENGINE=svm", "MMU=npt",
		"CMDLINE=cmd=uname -a", NULL };
	const char *const bad[] = { "ENGINE=nope", "CMD=true", NULL };
	struct machine m;

	(void)state;
	assert_int_equal(make_vm(&m, good), 0);
	assert_non_null(strstr(m.out.text, "level 1, svm+npt\n"));
	machine_free(&m);
	assert_int_not_equal(make_vm(&m, bad), 0);
	assert_non_null(strstr(m.out.text, "no such CPU engine"));
	machine_free(&m);
}

static void
exits_are_counted_on_request(void **state)
{
	const char *const settings[] = { DROSTE, "EXITS=1",
		"CMDLINE=cmd=echo hello", NULL };
	struct machine m;
	const char *total;

	(void)state;
	assert_int_equal(make_vm(&m, settings), 0);
	total = strstr(m.out.text, "\ntotal ");
	assert_non_null(total);
	assert_true(atoi(total + strlen("\ntotal ")) > 0);
	machine_free(&m);
}

static void
what_is_no_kernel_is_refused(void **state)
{
	const char *const settings[] = { "GUEST=Makefile", NULL };
	struct machine m;

	(void)state;
	assert_int_not_equal(make_vm(&m, settings), 0);
	assert_non_null(strstr(m.out.text, "not a kernel"));
	machine_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_from_the_disk_runs),
		cmocka_unit_test(the_status_is_the_guests),
		cmocka_unit_test(the_command_line_arrives),
		cmocka_unit_test(without_a_guest_it_is_the_second_copy),
		cmocka_unit_test(engines_are_chosen_by_name),
		cmocka_unit_test(exits_are_counted_on_request),
		cmocka_unit_test(what_is_no_kernel_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
