/* SPDX-License-Identifier: MIT */
/*
 * Each exercise alone: without it, which checks are lost?  From that follows
 * which exercises a check needs, and so when who does them in their order
 * sees it pass.
 */
#include "grading/auto/handout.h"
#include "grading/auto/prove.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Without its hole, a check is lost.  Notes which others are, too: a function
 * that is not written ends whatever reaches it, and changes nothing else.
 */
static void
prove_hole(struct proof *p, size_t number)
{
	const struct hole *hole = &p->lab->hole[number];
	char *folder = submission_make(p, "hole", false), *what;
	char *name = format("%s has checks of its own", hole->function);
	unsigned own = 0, kept = 0;
	struct result r;

	handout_open(p->lab, hole, folder);
	submission_grade(p, folder, &r);
	for (size_t i = 0; i < p->lab->n_checks; i++) {
		const struct check *check = &p->lab->check[i];

		if (r.check[i].verdict != VERDICT_PASSED)
			p->last[i] = number;
		if (strcmp(check->hole, hole->function) != 0)
			continue;
		own++;
		kept += r.check[i].verdict == VERDICT_PASSED;
	}
	what = format("%u checks are its own, %u pass without it", own, kept);
	tap(p, own > 0 && kept == 0, name, what);
	free(what);
	what = lost(p, &r);
	printf("# without it are lost: %s\n", what);
	free(what);
	free(name);
	free(folder);
	result_free(&r);
}

/* The row of exercise number + 1 in the handout's table; to be freed. */
static char *
handout_row(const struct proof *p, const char *handout, size_t number)
{
	char *start = format(
		"\n| %zu | `%s` | ", number + 1, p->lab->hole[number].function);
	const char *at = strstr(handout, start);
	char *row =
		at ? format("%.*s", (int)strcspn(at + 1, "\n"), at + 1) : NULL;

	free(start);
	return row;
}

/*
 * Who does the exercises in their order is told which checks pass by then: the
 * row of each names its checks, and "(with N)" beside one that needs exercise
 * N as well, which comes later.
 */
static void
prove_row(struct proof *p, const char *handout, size_t number)
{
	char *row = handout_row(p, handout, number);
	const char *function = p->lab->hole[number].function;
	char *name =
		format("the handout says when the checks of %s pass", function);
	struct text wrong = { 0 };

	text_add(&wrong, "", 0);
	for (size_t i = 0; i < p->lab->n_checks; i++) {
		const struct check *check = &p->lab->check[i];
		bool later = p->last[i] > number;
		char *with =
			format("`%s` (with %zu)", check->name, p->last[i] + 1);
		char *alone = format("`%s` (with", check->name);
		char *named = format("`%s`", check->name);

		if (strcmp(check->hole, function) == 0 &&
			(!row || !strstr(row, later ? with : named) ||
				(!later && strstr(row, alone))))
			text_addf(&wrong, " %s", later ? with : named);
		free(named);
		free(alone);
		free(with);
	}
	tap(p, row && wrong.len == 0, name,
		row ? wrong.s : "its exercise is not in the table, or another");
	text_free(&wrong);
	free(name);
	free(row);
}

void
prove_holes(struct proof *p)
{
	char *path = format("%s/%s/README.md", p->course.root, p->lab->folder);
	char *handout = file_read(path, NULL, COURSE_FILE_MAX);

	if (!handout)
		die("%s: cannot be read", path);
	for (size_t i = 0; i < p->lab->n_holes; i++)
		prove_hole(p, i);
	for (size_t i = 0; i < p->lab->n_holes; i++)
		prove_row(p, handout, i);
	free(handout);
	free(path);
}
