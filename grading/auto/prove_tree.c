/* SPDX-License-Identifier: MIT */
/* The tree that students get; contracts in prove.h. */
#include "grading/auto/base.h"
#include "grading/auto/cut.h"
#include "grading/auto/document.h"
#include "grading/auto/handout.h"
#include "grading/auto/machine.h"
#include "grading/auto/prove.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A body of this or a later lab that can still be read in the text. */
static const char *
solution_in(const struct proof *p, const char *text, const char *path,
	const char *reference)
{
	for (size_t l = 0; l < p->course.n_labs; l++) {
		const struct lab *lab = &p->course.lab[l];

		for (size_t i = 0; i < lab->n_holes; i++) {
			struct cut cut;
			char *body;
			bool found;

			if (lab->number < p->lab->number ||
				strcmp(lab->hole[i].path, path) != 0)
				continue;
			cut_find(reference, lab->hole[i].function, &cut);
			body = format("%.*s", (int)(cut.end - cut.start),
				reference + cut.start);
			found = strstr(text, body);
			free(body);
			if (found)
				return lab->hole[i].function;
		}
	}
	return NULL;
}

/* Put the bodies of the reference back into a starter's text. */
static char *
bodies_back(const struct proof *p, const char *path, char *text,
	const char *reference)
{
	for (size_t l = 0; l < p->course.n_labs; l++) {
		const struct lab *lab = &p->course.lab[l];

		for (size_t i = 0; i < lab->n_holes; i++) {
			struct cut in, from;
			char *body, *out;

			if (strcmp(lab->hole[i].path, path) != 0)
				continue;
			cut_find(text, lab->hole[i].function, &in);
			cut_find(reference, lab->hole[i].function, &from);
			body = format("%.*s", (int)(from.end - from.start),
				reference + from.start);
			out = cut_replace(text, &in, body);
			free(body);
			free(text);
			text = out;
		}
	}
	return text;
}

void
prove_tree(struct proof *p, const char *out)
{
	const char *back = NULL, *later = NULL, *solved = NULL;
	struct list files = { 0 };

	course_tree(&p->course, &files);
	for (size_t i = 0; i < files.n; i++) {
		char *in = format("%s/%s", out, files.at[i]);
		char *from = format("%s/%s", p->course.root, files.at[i]);
		char *text = file_read(in, NULL, COURSE_FILE_MAX);
		char *reference = file_read(from, NULL, COURSE_FILE_MAX);
		unsigned owner = course_owner(&p->course, files.at[i]);

		if (owner > p->lab->number && text &&
			!course_replaces(&p->course, files.at[i]))
			later = files.at[i];
		if (text && solution_in(p, text, files.at[i], reference))
			solved = files.at[i];
		if (text)
			text = bodies_back(p, files.at[i], text, reference);
		if (owner <= p->lab->number &&
			!course_replaces(&p->course, files.at[i]) &&
			!document_is(files.at[i]) &&
			(!text || strcmp(text, reference) != 0))
			back = files.at[i];
		free(text);
		free(reference);
		free(in);
		free(from);
	}
	tap(p, !back, "starter plus bodies is the reference", back);
	tap(p, !later, "no file of a later lab is handed out", later);
	tap(p, !solved, "no solution is handed out", solved);
	list_free(&files);
}

void
prove_boot(struct proof *p, const char *folder, const char *tree, bool anew)
{
	static const char *const make[] = { "make", "-s", "-j2", "image",
		"V=", NULL };
	struct sandbox sb = { .tree = (char *)tree,
		.out = format("%s/out", folder),
		.writable = true,
		.slot = 1 };
	char *cmdline = format("cmd=%s",
		*p->lab->starts && strcmp(p->lab->starts, "none") != 0
			? p->lab->starts
			: "true");
	char *todo = format("lab_todo: %02u ", p->lab->number);
	bool none = strcmp(p->lab->starts, "none") == 0;
	struct sandbox_result r;
	struct machine_result m;
	char *ended, *base = format("%s/base/tree", p->g.scratch);

	if (!anew)
		base_take_over(base, tree);
	free(base);
	folder_make(sb.out);
	sandbox_give(&sb, folder);
	sandbox_run(&sb, make, 300, &r);
	tap(p, r.status == 0 && !strstr(r.err.s, "warning"),
		"the starter builds without a warning", r.err.s);
	machine_run(&sb, "build/droste", "build/initrd.tar", cmdline, 20000, "",
		&m);
	ended = machine_ended(&m);
	tap(p,
		none ? m.end == MACHINE_OFF
		     : m.console && strstr(m.console, todo),
		none ? "the starter boots; its exercises run on the host"
		     : "the starter boots to its first lab_todo",
		m.console && *m.console ? m.console : ended);
	machine_result_free(&m);
	sandbox_result_free(&r);
	free(ended);
	free(todo);
	free(cmdline);
	free(sb.out);
}
