/* SPDX-License-Identifier: MIT */
/*
 * The guest without paging (grading/flat/) on the bare machine and on every
 * engine pair, the flat MMU engine among them; and what that one refuses.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *console; /* of all VMs, one after another; NULL: not run */

static const struct pair {
	const char *engine, *mmu;
} pairs[] = {
	{ "ring3", "flat" },
	{ "ring3", "shadow" },
	{ "svm", "shadow" },
	{ "svm", "npt" },
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static void
script_write(char *script, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < PAIRS; i++)
		n += (size_t)snprintf(script + n, size - n,
			"echo '== %s+%s'; vm run -k -M 8 -e %s -m %s "
			"/host/flat; "
			"echo status $?; ",
			pairs[i].engine, pairs[i].mmu, pairs[i].engine,
			pairs[i].mmu);
	snprintf(script + n, size - n,
		"echo '== refused'; vm run -e ring3 -m flat; echo status $?; "
		"echo '== svm+flat'; vm run -e svm -m flat; "
		"echo '== after'; echo alive");
}

/* One machine runs everything; each test behind this looks at its part. */
static void
one_machine_runs_them_all(void **state)
{
	char file[300], commands[2048] = "CMD=", *guest = built_file("flat");
	const char *const argv[] = { "tools/run", "-f", file, NULL };
	const char *const settings[] = { commands, NULL };
	struct machine m;
	int status;

	(void)state;
	script_write(commands + 4, sizeof(commands) - 4);
	snprintf(file, sizeof(file), "flat=%s", guest);
	free(guest);
	status = machine_run(&m, argv, settings);
	if (status != 0) {
		print_text("console", m.out.text);
		print_text("standard error", m.err.text);
	}
	console = strdup(m.out.text);
	machine_free(&m);
	assert_int_equal(status, 0);
}

static void
assert_part(const char *title, const char *expected)
{
	char *part = console != NULL ? section_of(console, title) : NULL;
	bool found = part != NULL && strstr(part, expected) != NULL;

	if (!found && part != NULL)
		print_text(title, part);
	free(part);
	if (!found)
		fail_msg("no '%s' in the part '%s'", expected, title);
}

static void
it_holds_on_the_bare_machine(void **state)
{
	char *guest = built_file("flat");
	const char *argv[] = { "tools/run", "-k", guest, NULL };
	const char *const settings[] = { "CMD=", NULL };
	struct machine m;

	(void)state;
	machine_run(&m, argv, settings);
	assert_string_equal(m.out.text, "holds\n");
	machine_free(&m);
	free(guest);
}

static void
it_holds_on_a_pair(void **state)
{
	const struct pair *pair = *state;
	char title[32];

	snprintf(title, sizeof(title), "%s+%s", pair->engine, pair->mmu);
	assert_part(title, "holds\nstatus 0");
}

/* The second copy turns paging on. */
static void
flat_refuses_paging_with_one_line(void **state)
{
	(void)state;
	assert_part("refused", "the guest turns paging on at 0x");
	assert_part("refused", "run it with the shadow MMU engine");
	assert_part("refused", "status 128");
}

static void
flat_is_for_ring3_alone(void **state)
{
	(void)state;
	assert_part(
		"svm+flat", "the CPU engine does not go with this MMU engine");
}

static void
the_host_lives(void **state)
{
	(void)state;
	assert_part("after", "alive");
}

int
main(void)
{
	static char names[PAIRS][64];
	struct CMUnitTest tests[PAIRS + 5] = {
		cmocka_unit_test(one_machine_runs_them_all),
		cmocka_unit_test(it_holds_on_the_bare_machine),
		cmocka_unit_test(flat_refuses_paging_with_one_line),
		cmocka_unit_test(flat_is_for_ring3_alone),
		cmocka_unit_test(the_host_lives),
	};

	for (size_t i = 0; i < PAIRS; i++) {
		snprintf(names[i], sizeof(names[i]), "it_holds_on_%s_%s",
			pairs[i].engine, pairs[i].mmu);
		tests[5 + i] = (struct CMUnitTest){ .name = names[i],
			.test_func = it_holds_on_a_pair,
			.initial_state = (void *)(uintptr_t)&pairs[i] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
