/* SPDX-License-Identifier: MIT */
/* Running the differential guest and comparing; contracts in differ.h. */
#include "differ.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_MAX 8
#define SHOWN	  5	 /* differences of a pair */
#define OTHER	  "4711" /* a seed that nobody takes */

/* What the bare machine said. */
static struct reference {
	const struct differ_pair *pair; /* who asked for it */
	struct machine m;
} references[PAIRS_MAX];
static size_t n_references;

static const char *
seed(void)
{
	return getenv("DIFFER_SEED") ? getenv("DIFFER_SEED") : "1";
}

/* How many programs a pair is to run; NULL for none. */
static const char *
count(const struct differ_pair *pair)
{
	if (getenv("DIFFER_COUNT"))
		return getenv("DIFFER_COUNT");
	return getenv("SOAK") ? pair->soak : pair->count;
}

/* Run argv with this in CMD until it ends; the console is in m->out.text. */
static void
run(struct machine *m, const struct differ_pair *pair, const char *const *argv,
	const char *command)
{
	char setting[512];
	const char *const settings[] = { setting, pair->emulator, pair->cpu,
		NULL };

	snprintf(setting, sizeof(setting), "CMD=%s", command);
	machine_start(m, argv, settings, false);
	machine_drain(m);
	machine_wait(m);
}

/* The guest's command line. */
static const char *
line(const struct differ_pair *pair, const char *with_seed)
{
	static char text[128];

	snprintf(text, sizeof(text), "seed=%s count=%s hidden=%d %s", with_seed,
		count(pair), !pair->hides,
		pair->options != NULL ? pair->options : "");
	return text;
}

static void
run_bare(struct machine *m, const struct differ_pair *pair,
	const char *with_seed)
{
	char *guest = built_file("differ");
	const char *const argv[] = { "tools/run", "-k", guest, NULL };

	run(m, pair, argv, line(pair, with_seed));
	free(guest);
	if (strstr(m->out.text, "\ndone\n") == NULL)
		print_text("standard error", m->err.text);
	assert_non_null(strstr(m->out.text, "\ndone\n"));
}

static bool
text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The bare machine does the same for both. */
static bool
reference_same(const struct differ_pair *a, const struct differ_pair *b)
{
	return text_same(a->emulator, b->emulator) &&
		text_same(a->cpu, b->cpu) && a->hides == b->hides &&
		text_same(count(a), count(b)) &&
		text_same(a->options, b->options);
}

/* What a pair's programs come to on its machine; made once. */
static const char *
reference(const struct differ_pair *pair)
{
	struct reference *r = references;

	while (r < references + n_references && !reference_same(r->pair, pair))
		r++;
	if (r == references + n_references) {
		run_bare(&r->m, pair, seed());
		r->pair = pair;
		n_references++;
	}
	return r->m.out.text;
}

static int
free_references(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_references; i++)
		machine_free(&references[i].m);
	return 0;
}

/* The next line of *text, which moves on; NULL at the end. */
static char *
next_line(char **text)
{
	return *text != NULL ? strsep(text, "\n") : NULL;
}

/* The command that shows where the program of a line differs. */
static void
print_difference(
	const struct differ_pair *pair, const char *want, const char *got)
{
	print_message("# differs: '%s', not '%s': ",
		got != NULL ? got : "nothing", want);
	if (pair->emulator != NULL)
		print_message("%s %s ", pair->emulator, pair->cpu);
	if (pair->options != NULL)
		print_message("DIFFER_OPTIONS='%s' ", pair->options);
	print_message("grading/differ/show %s %s %s %.*s\n", pair->engine,
		pair->mmu, seed(), (int)strcspn(want, " "), want);
}

/* How many programs differ; the first are printed, for a pair. */
static unsigned
count_differences(
	const char *want, const char *got, const struct differ_pair *pair)
{
	char *a = strdup(want), *b = strdup(got), *at = a, *bt = b;
	unsigned n = 0;
	char *line;

	while ((line = next_line(&at)) != NULL) {
		char *other = next_line(&bt);

		if (other != NULL && strcmp(line, other) == 0)
			continue;
		if (n++ < SHOWN && pair != NULL)
			print_difference(pair, line, other);
	}
	free(a);
	free(b);
	return n;
}

static void
programs_do_the_same_on(void **state)
{
	const struct differ_pair *pair = *state;
	char file[300], command[400], *guest = built_file("differ");
	const char *const argv[] = { "tools/run", "-f", file, NULL };
	const char *want = reference(pair);
	struct machine m;
	unsigned n;

	snprintf(file, sizeof(file), "differ=%s", guest);
	free(guest);
	snprintf(command, sizeof(command),
		"vm run %s-M 16 -e %s -m %s -a '%s' /host/differ",
		pair->checks ? "-k " : "", pair->engine, pair->mmu,
		line(pair, seed()));
	run(&m, pair, argv, command);
	n = count_differences(want, m.out.text, pair);
	if (n > 0)
		print_text("standard error", m.err.text);
	machine_free(&m);
	assert_int_equal(n, 0);
	print_message("# %s programs of seed %s\n", count(pair), seed());
}

/* The digests depend on the programs, and the comparison sees it. */
static void
other_programs_do_something_else(void **state)
{
	const struct differ_pair *pair = *state;
	struct machine m;

	run_bare(&m, pair, OTHER);
	assert_int_equal(count_differences(reference(pair), m.out.text, NULL),
		strtoul(count(pair), NULL, 10));
	machine_free(&m);
}

int
differ_run(const struct differ_pair *pairs, size_t n_pairs)
{
	static char names[PAIRS_MAX][80];
	struct CMUnitTest tests[PAIRS_MAX + 1] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < n_pairs && i < PAIRS_MAX; i++) {
		const struct differ_pair *pair = &pairs[i];

		if (count(pair) == NULL)
			continue;
		snprintf(names[i], sizeof(names[i]),
			"programs_do_the_same_on_%s_%s%s", pair->engine,
			pair->mmu, pair->checks ? "_checked" : "");
		tests[n++] = (struct CMUnitTest){ .name = names[i],
			.test_func = programs_do_the_same_on,
			.initial_state = (void *)(uintptr_t)pair };
	}
	tests[n++] = (struct CMUnitTest){
		.name = "other_programs_do_something_else",
		.test_func = other_programs_do_something_else,
		.initial_state = tests[0].initial_state,
	};
	return _cmocka_run_group_tests(
		"differ", tests, n, NULL, free_references);
}
