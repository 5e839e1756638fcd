/* SPDX-License-Identifier: MIT */
/*
 * The differential guest (grading/differ/) on every engine pair: each program
 * comes to the same traps, registers and memory as on the bare machine.
 *
 * A program that differs is named with the command that shows where.  A pair
 * on another machine (Bochs has VMX) is a line in the table and needs a
 * reference of its own, made on that machine.
 *
 * Shadow paging looks at its invariants at every call meanwhile (vm run -k).
 *
 * DIFFER_SEED and DIFFER_COUNT in the environment choose other programs;
 * `make soak` takes many.
 */
/* links: grading/system/machine.c */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT	   "200"
#define COUNT_SOAK "20000"
#define SHOWN	   5 /* differences of a pair */

static const struct pair {
	const char *engine, *mmu;
	bool hides; /* the guest runs in ring 3, where x86 hides some */
} pairs[] = {
	{ "ring3", "shadow", true },
	{ "svm", "shadow", false },
	{ "svm", "npt", false },
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static const char *seed = "1", *count = COUNT;
static struct machine bare[2]; /* without and with what ring 3 hides */

static const char *
guest_file(void)
{
	static char file[256];
	const char *b = getenv("B");

	snprintf(file, sizeof(file), "%s/differ", b != NULL ? b : "build");
	return file;
}

/* Run argv with this in CMD until it ends; the console is in m->out.text. */
static void
run(struct machine *m, const char *const *argv, const char *command)
{
	char setting[512];
	const char *const settings[] = { setting, NULL };

	snprintf(setting, sizeof(setting), "CMD=%s", command);
	machine_start(m, argv, settings, false);
	machine_drain(m);
	machine_wait(m);
}

static void
run_bare(struct machine *m, const char *with_seed, bool hidden)
{
	const char *const argv[] = { "tools/run", "-k", guest_file(), NULL };
	char line[128];

	snprintf(line, sizeof(line), "seed=%s count=%s hidden=%d", with_seed,
		count, hidden);
	run(m, argv, line);
	assert_non_null(strstr(m->out.text, "\ndone\n"));
}

static int
run_references(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		run_bare(&bare[i], seed, i);
	return 0;
}

static int
free_references(void **state)
{
	(void)state;
	machine_free(&bare[0]);
	machine_free(&bare[1]);
	return 0;
}

/* The next line of *text, which moves on; NULL at the end. */
static char *
next_line(char **text)
{
	return *text != NULL ? strsep(text, "\n") : NULL;
}

/* How many programs differ; the first are printed. */
static unsigned
count_differences(const char *want, const char *got, const struct pair *pair)
{
	char *a = strdup(want), *b = strdup(got), *at = a, *bt = b;
	unsigned n = 0;
	char *line;

	while ((line = next_line(&at)) != NULL) {
		char *other = next_line(&bt);

		if (other != NULL && strcmp(line, other) == 0)
			continue;
		if (n++ < SHOWN && pair != NULL)
			print_message("# differs: '%s', not '%s': "
				      "grading/differ/show %s %s %s %.*s\n",
				other != NULL ? other : "nothing", line,
				pair->engine, pair->mmu, seed,
				(int)strcspn(line, " "), line);
	}
	free(a);
	free(b);
	return n;
}

static void
programs_do_the_same_on(void **state)
{
	const struct pair *pair = *state;
	char file[300], command[400];
	const char *const argv[] = { "tools/run", "-f", file, NULL };
	struct machine m;
	unsigned n;

	snprintf(file, sizeof(file), "differ=%s", guest_file());
	snprintf(command, sizeof(command),
		"vm run -k -M 16 -e %s -m %s -a 'seed=%s count=%s hidden=%d' "
		"/host/differ",
		pair->engine, pair->mmu, seed, count, !pair->hides);
	run(&m, argv, command);
	n = count_differences(bare[!pair->hides].out.text, m.out.text, pair);
	machine_free(&m);
	assert_int_equal(n, 0);
	print_message("# %s programs of seed %s\n", count, seed);
}

/* The digests depend on the programs, and the comparison sees it. */
static void
other_programs_do_something_else(void **state)
{
	struct machine m;

	(void)state;
	run_bare(&m, "4711", true);
	assert_int_equal(count_differences(bare[1].out.text, m.out.text, NULL),
		strtoul(count, NULL, 10));
	machine_free(&m);
}

int
main(void)
{
	static char names[PAIRS][64];
	struct CMUnitTest tests[PAIRS + 1] = {
		cmocka_unit_test(other_programs_do_something_else),
	};

	if (getenv("SOAK"))
		count = COUNT_SOAK;
	if (getenv("DIFFER_COUNT"))
		count = getenv("DIFFER_COUNT");
	if (getenv("DIFFER_SEED"))
		seed = getenv("DIFFER_SEED");
	for (size_t i = 0; i < PAIRS; i++) {
		snprintf(names[i], sizeof(names[i]),
			"programs_do_the_same_on_%s_%s", pairs[i].engine,
			pairs[i].mmu);
		tests[i + 1] = (struct CMUnitTest){ .name = names[i],
			.test_func = programs_do_the_same_on,
			.initial_state = (void *)(uintptr_t)&pairs[i] };
	}
	return cmocka_run_group_tests(tests, run_references, free_references);
}
