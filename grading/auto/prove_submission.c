/* SPDX-License-Identifier: MIT */
/* Submissions that the proofs make; contracts in prove.h. */
#include "grading/auto/cut.h"
#include "grading/auto/handout.h"
#include "grading/auto/prove.h"

#include <stdlib.h>
#include <string.h>

/* Put the body that the reference has into a starter's text; frees that. */
char *
body_back(char *text, const char *reference, const char *function)
{
	struct cut in, from;
	char *body, *out;

	cut_find(text, function, &in);
	cut_find(reference, function, &from);
	body = format(
		"%.*s", (int)(from.end - from.start), reference + from.start);
	out = cut_replace(text, &in, body);
	free(body);
	free(text);
	return out;
}

/* A file of the reference, but the lab's functions from number `done` on are
 * as they are handed out. */
static char *
file_as_done(const struct proof *p, const char *path, size_t done)
{
	char *from = format("%s/%s", p->course.root, path);
	char *reference = file_read(from, NULL, PROVE_SOURCE_MAX);
	size_t len;
	char *text = handout_file(&p->course, p->lab, path, &len);

	for (size_t i = 0; i < p->lab->n_holes && i < done; i++)
		if (strcmp(p->lab->hole[i].path, path) == 0)
			text = body_back(
				text, reference, p->lab->hole[i].function);
	free(reference);
	free(from);
	return text;
}

/* A folder with the hole files, in which so many of the lab's functions are
 * written, in their order. */
char *
submission_make(struct proof *p, const char *name, size_t done)
{
	char *folder = format("%s/%s", p->folder, name);
	struct list files = { 0 };

	tree_remove(folder);
	lab_hole_files(p->lab, &files);
	for (size_t i = 0; i < files.n; i++) {
		char *to = format("%s/%s", folder, files.at[i]);
		char *text = file_as_done(p, files.at[i], done);

		file_write(to, text, strlen(text));
		free(text);
		free(to);
	}
	list_free(&files);
	return folder;
}

void
submission_grade(struct proof *p, const char *folder, struct result *r)
{
	grade(&p->g, folder, "proof", 1, NULL, false, r);
	tree_remove(folder);
}

/* The names of the checks that were lost; to be freed. */
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
