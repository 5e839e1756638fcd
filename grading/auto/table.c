/* SPDX-License-Identifier: MIT */
/* A result on the terminal. */
#include "grading/auto/commands.h"

#include <stdio.h>
#include <string.h>

/* Each line of a text, behind an indent. */
static void
print_block(const char *title, const char *text)
{
	if (!*text)
		return;
	printf("    %-10s", title);
	while (*text) {
		size_t len = strcspn(text, "\n");

		printf("%.*s\n", (int)len, text);
		text += len;
		text += *text == '\n';
		if (*text)
			printf("    %-10s", "");
	}
}

static void
print_lost(const struct check *check, const struct check_result *c)
{
	printf("\n%s: %s\n", check->name, check->about);
	if (*check->hole)
		print_block("exercise", check->hole);
	print_block("happened", c->why);
	print_block("after", c->where);
	print_block("expected", c->expected);
	print_block("seen", c->seen);
	print_block("printed", c->evidence);
	print_block("again", c->reproduce);
}

static const char *
mark_of(enum verdict v)
{
	return v == VERDICT_PASSED  ? "ok  "
		: v == VERDICT_LOST ? "lost"
				    : "-   ";
}

void
table_print(const struct result *r)
{
	const struct lab *lab = r->lab;

	printf("lab %02u, %s: %s (seed %llu)\n", lab->number, lab->title,
		r->who, (unsigned long long)r->seed);
	for (size_t i = 0; i < lab->n_checks; i++) {
		const struct check *check = &lab->check[i];
		const struct check_result *c = &r->check[i];

		if (c->verdict == VERDICT_SKIPPED)
			continue;
		printf("  %s  %2u/%2u  %-24s %s\n", mark_of(c->verdict),
			c->verdict == VERDICT_PASSED ? check->points : 0,
			check->points, check->name, check->about);
	}
	printf("  sum   %u/%u\n", r->points, lab_points(lab));
	for (size_t i = 0; i < r->remarks.n; i++)
		printf("  note: %s\n", r->remarks.at[i]);
	for (size_t i = 0; i < lab->n_checks; i++)
		if (r->check[i].verdict == VERDICT_LOST)
			print_lost(&lab->check[i], &r->check[i]);
	printf("\n%u.%u s\n", r->milliseconds / 1000,
		r->milliseconds / 100 % 10);
}
