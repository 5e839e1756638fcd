/* SPDX-License-Identifier: MIT */
/* Submissions that the proofs make; contracts in prove.h. */
#include "grading/auto/handout.h"
#include "grading/auto/prove.h"

#include <stdlib.h>
#include <string.h>

char *
submission_make(struct proof *p, const char *name, bool starter)
{
	char *folder = format("%s/%s", p->folder, name);

	tree_remove(folder);
	handout_holes(&p->course, p->lab, folder, starter);
	return folder;
}

void
submission_grade(struct proof *p, const char *folder, struct result *r)
{
	grade(&p->g, folder, "proof", 1, NULL, false, r);
	tree_remove(folder);
}

char *
lost(const struct proof *p, const struct result *r)
{
	struct text t = { 0 };

	text_add(&t, "", 0);
	for (size_t i = 0; i < p->lab->n_checks; i++)
		if (r->check[i].verdict == VERDICT_LOST)
			text_addf(&t, "%s%s", t.len ? " " : "",
				p->lab->check[i].name);
	return t.s;
}

char *
lost_untold(const struct proof *p, const struct result *r)
{
	struct text t = { 0 };

	text_add(&t, "", 0);
	for (size_t i = 0; i < p->lab->n_checks; i++)
		if (r->check[i].verdict == VERDICT_LOST &&
			!strstr(r->check[i].why, "lab_todo: "))
			text_addf(&t, "%s: %s; ", p->lab->check[i].name,
				r->check[i].why);
	return t.s;
}
