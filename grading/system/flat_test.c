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

static struct machine vms; /* all VMs, one after another */

static const char *
guest_file(void)
{
	static char file[256];
	const char *b = getenv("B");

	snprintf(file, sizeof(file), "%s/flat", b != NULL ? b : "build");
	return file;
}

static const struct pair {
	const char *engine, *mmu;
} pairs[] = {
	{ "ring3", "flat" },
	{ "ring3", "shadow" },
	{ "svm", "shadow" },
	{ "svm", "npt" },
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

/* One machine runs everything; each test looks at its part. */
static int
run_vms(void **state)
{
	const char *argv[] = { "tools/run", "-f", NULL, NULL };
	char file[300], commands[2048] = "CMD=";
	const char *const settings[] = { commands, NULL };
	size_t n = strlen(commands);

	(void)state;
	for (size_t i = 0; i < PAIRS; i++)
		n += (size_t)snprintf(commands + n, sizeof(commands) - n,
			"echo '== %s+%s'; vm run -k -M 8 -e %s -m %s "
			"/host/flat; "
			"echo status $?; ",
			pairs[i].engine, pairs[i].mmu, pairs[i].engine,
			pairs[i].mmu);
	snprintf(commands + n, sizeof(commands) - n,
		"echo '== refused'; vm run -e ring3 -m flat; echo status $?; "
		"echo '== svm+flat'; vm run -e svm -m flat; "
		"echo '== after'; echo alive");
	snprintf(file, sizeof(file), "flat=%s", guest_file());
	argv[2] = file;
	return machine_run(&vms, argv, settings);
}

static int
free_vms(void **state)
{
	(void)state;
	machine_free(&vms);
	return 0;
}

/* The part of the console that begins with "== title". */
static void
assert_part(const char *title, const char *expected)
{
	char start[64];
	const char *at, *end, *found;

	snprintf(start, sizeof(start), "== %s\n", title);
	at = strstr(vms.out.text, start);
	if (at == NULL) {
		print_text("console", vms.out.text);
		fail_msg("no part '%s'", title);
		return;
	}
	at += strlen(start);
	end = strstr(at, "\n== ");
	found = strstr(at, expected);
	if (found != NULL && (end == NULL || found < end))
		return;
	print_text("console", vms.out.text);
	fail_msg("no '%s' in the part '%s'", expected, title);
}

static void
it_holds_on_the_bare_machine(void **state)
{
	const char *argv[] = { "tools/run", "-k", guest_file(), NULL };
	const char *const settings[] = { "CMD=", NULL };
	struct machine m;

	(void)state;
	machine_run(&m, argv, settings);
	assert_string_equal(m.out.text, "holds\n");
	machine_free(&m);
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
	struct CMUnitTest tests[PAIRS + 4] = {
		cmocka_unit_test(it_holds_on_the_bare_machine),
		cmocka_unit_test(flat_refuses_paging_with_one_line),
		cmocka_unit_test(flat_is_for_ring3_alone),
		cmocka_unit_test(the_host_lives),
	};

	for (size_t i = 0; i < PAIRS; i++) {
		snprintf(names[i], sizeof(names[i]), "it_holds_on_%s_%s",
			pairs[i].engine, pairs[i].mmu);
		tests[4 + i] = (struct CMUnitTest){ .name = names[i],
			.test_func = it_holds_on_a_pair,
			.initial_state = (void *)(uintptr_t)&pairs[i] };
	}
	return cmocka_run_group_tests(tests, run_vms, free_vms);
}
