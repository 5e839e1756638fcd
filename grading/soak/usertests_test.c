/* SPDX-License-Identifier: MIT */
/*
 * usertests inside the second copy, on every engine pair; with shadow paging
 * also while its invariants are checked at each call (vm run -k).
 */
/* links: grading/system/machine.c */
#include "grading/system/machine.h"

#include <stdio.h>

static const struct pair {
	const char *engine, *mmu, *check;
} pairs[] = {
	{ "svm", "npt", "" },
	{ "svm", "shadow", "" },
	{ "ring3", "shadow", "" },
	{ "svm", "shadow", "-k" },
	{ "ring3", "shadow", "-k" },
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static void
usertests_pass(void **state)
{
	const char *const settings[] = { "MEM=256", NULL };
	const struct pair *pair = *state;
	char command[128];

	snprintf(command, sizeof(command),
		"vm run %s -M 64 -e %s -m %s -c usertests", pair->check,
		pair->engine, pair->mmu);
	assert_said(command, settings, 0, " 0 failed\n");
}

int
main(void)
{
	static char names[PAIRS][64];
	struct CMUnitTest tests[PAIRS];

	for (size_t i = 0; i < PAIRS; i++) {
		snprintf(names[i], sizeof(names[i]),
			"usertests_pass_on_%s_%s%s", pairs[i].engine,
			pairs[i].mmu, pairs[i].check[0] ? "_checked" : "");
		tests[i] = (struct CMUnitTest){ .name = names[i],
			.test_func = usertests_pass,
			.initial_state = (void *)(uintptr_t)&pairs[i] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
