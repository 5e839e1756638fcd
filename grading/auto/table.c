/* SPDX-License-Identifier: MIT */
/*
 * A result on the terminal: a row for each check, and then, for a student to
 * act on, what went wrong.  Checks that ended in the same way at the same
 * place are one thing to mend, and told once; and no more than a few at all,
 * for the first one mended changes the rest.
 */
#include "grading/auto/commands.h"

#include <stdio.h>
#include <string.h>

#define TOLD_MAX    6	/* checks that are told in full */
#define PRINTED_MAX 600 /* characters of what the code printed */

/* Each line of a text, behind an indent. */
static void
print_block(const char *title, const char *text)
{
	while (*text == '\n' || *text == '\r')
		text++;
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

/* The last lines of what was printed. */
static void
print_printed(const char *text)
{
	size_t len = strlen(text);

	if (len > PRINTED_MAX) {
		text += len - PRINTED_MAX;
		text += strcspn(text, "\n");
	}
	print_block("printed", text);
}

/* The two ended in the same way at the same place: one cause, as a rule. */
static bool
same_end(const struct check_result *a, const struct check_result *b)
{
	size_t place = strcspn(a->stood, "\n");

	if (strcmp(a->why, b->why) != 0)
		return false;
	if (strncmp(a->why, "it reached a lab_todo", 21) == 0)
		return true;
	if (place == 0 && *b->stood == '\0')
		return *a->seen ? *a->evidence != '\0' &&
				strcmp(a->seen, b->seen) == 0 &&
				strcmp(a->evidence, b->evidence) == 0
				: *b->seen == '\0' && !a->unsteady;
	return place > 0 && strncmp(a->stood, "interrupts ", 11) != 0 &&
		strncmp(a->stood, b->stood, place + 1) == 0;
}

/* The first lost check that ended as this one did. */
static size_t
first_like(const struct result *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (r->check[k].verdict == VERDICT_LOST &&
			same_end(&r->check[k], &r->check[i]))
			return k;
	return i;
}

/* The names of later checks that ended as this one did. */
static void
print_likes(const struct result *r, size_t i)
{
	unsigned n = 0;

	for (size_t k = i + 1; k < r->lab->n_checks; k++) {
		if (r->check[k].verdict != VERDICT_LOST ||
			first_like(r, k) != i)
			continue;
		printf("%s%s",
			n == 0		? "    likewise  "
				: n % 4 ? ", "
					: ",\n              ",
			r->lab->check[k].name);
		n++;
	}
	if (n > 0)
		printf("\n");
}

static void
print_lost(const struct result *r, size_t i)
{
	const struct check *check = &r->lab->check[i];
	const struct check_result *c = &r->check[i];
	bool judged = *c->expected || *c->seen;

	printf("\n%s: %s\n", check->name, check->about);
	if (*check->hole)
		print_block("check of", check->hole);
	print_block("happened", c->why);
	print_block("where", c->stood);
	print_block("exits", c->exits);
	if (judged) {
		print_block("after", c->where);
		print_block("expected", c->expected);
		print_block("seen", c->seen);
		print_block("wrong", c->wrong);
	}
	print_printed(c->evidence);
	print_block("again", c->reproduce);
	print_likes(r, i);
}

static void
print_row(const struct check *check, const struct check_result *c)
{
	switch (c->verdict) {
	case VERDICT_PASSED:
		printf("  ok    %2u/%2u", check->points, check->points);
		break;
	case VERDICT_LOST:
		printf("  lost   0/%2u", check->points);
		break;
	case VERDICT_LATER:
		printf("  later  ?/%2u", check->points);
		break;
	case VERDICT_SKIPPED:
		return;
	}
	printf("  %-24s %s\n", check->name, check->about);
}

static void
print_sum(const struct result *r)
{
	unsigned later = 0, asked = 0;

	for (size_t i = 0; i < r->lab->n_checks; i++) {
		if (r->check[i].verdict == VERDICT_LATER)
			later += r->lab->check[i].points;
		else if (r->check[i].verdict != VERDICT_SKIPPED)
			asked += r->lab->check[i].points;
	}
	printf("  sum   %u/%u", r->points, asked);
	if (asked + later < lab_points(r->lab))
		printf(" of the %u of the lab", lab_points(r->lab));
	if (later > 0)
		printf("; %u points more are graded after you hand in", later);
	printf("\n");
}

void
table_print(const struct result *r)
{
	const struct lab *lab = r->lab;
	unsigned told = 0, untold = 0;

	printf("lab %02u, %s: %s (seed %llu)\n", lab->number, lab->title,
		r->who, (unsigned long long)r->seed);
	for (size_t i = 0; i < lab->n_checks; i++)
		print_row(&lab->check[i], &r->check[i]);
	print_sum(r);
	for (size_t i = 0; i < r->remarks.n; i++)
		printf("  note: %s\n", r->remarks.at[i]);
	for (size_t i = 0; i < lab->n_checks; i++) {
		if (r->check[i].verdict != VERDICT_LOST ||
			first_like(r, i) != i)
			continue;
		if (told < TOLD_MAX)
			print_lost(r, i);
		told++;
		untold += told > TOLD_MAX;
	}
	if (untold > 0)
		printf("\nand %u more; make grade LAB=%02u ONLY=check tells "
		       "of one\n",
			untold, lab->number);
	printf("\n%u.%u s\n", r->milliseconds / 1000,
		r->milliseconds / 100 % 10);
}
