/* SPDX-License-Identifier: MIT */
/*
 * Base, build, checks; contracts in grade.h.
 *
 * Over 400 lines because a submission's way is told in one row.
 */
#include "grading/auto/grade.h"

#include "grading/auto/check.h"
#include "grading/auto/handout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUILD_SECONDS 240
#define EVIDENCE_MAX  2000 /* characters that are kept */

static struct sandbox
sandbox_of(const char *folder, unsigned slot, bool writable)
{
	return (struct sandbox){ .tree = format("%s/tree", folder),
		.out = format("%s/out", folder),
		.slot = slot,
		.writable = writable };
}

static void
sandbox_of_free(struct sandbox *sb)
{
	free(sb->tree);
	free(sb->out);
}

/* -- Building -------------------------------------------------------------- */

/* Is it one of the words? */
static bool
names(const char *words, const char *name)
{
	struct list l = { 0 };
	bool found;

	list_split(&l, words);
	found = list_has(&l, name);
	list_free(&l);
	return found;
}

bool
grading_wants(
	const struct grading *g, const struct check *check, const char *only)
{
	if (g->quick && check->type == CHECK_SHELL)
		return false;
	return !only || names(only, check->name);
}

/* The make targets that the lab's checks need. */
static void
lab_targets(const struct grading *g, const char *only, struct list *targets)
{
	const struct lab *lab = g->lab;

	for (size_t i = 0; i < lab->n_checks; i++) {
		const struct check *check = &lab->check[i];
		char *target;

		if (!grading_wants(g, check, only))
			continue;
		if (check->type == CHECK_SHELL)
			target = format("build/grade.tar");
		else
			target = format("build/%s/%s",
				check->type == CHECK_HOST ? "drivers"
							  : "kernels",
				check->driver);
		if (!list_has(targets, target))
			list_add(targets, target);
		free(target);
	}
}

/* Build in the sandbox, as far as it goes; the messages, to be freed. */
static char *
build(const struct grading *g, const struct sandbox *sb, const char *only)
{
	struct list targets = { 0 };
	struct sandbox_result r;
	const char *argv[32] = { "make", "-k", g->steady ? "-j1" : "-j2",
		"-s" };
	size_t n = 4;
	char *messages;

	lab_targets(g, only, &targets);
	for (size_t i = 0; i < targets.n && n < 31; i++)
		argv[n++] = targets.at[i];
	argv[n] = NULL;
	sandbox_run(sb, argv, BUILD_SECONDS, &r);
	if (r.flooded)
		messages = format("the build printed without end");
	else if (r.timed_out)
		messages = format("the build did not end");
	else if (r.status != 0)
		messages = format("%.*s", EVIDENCE_MAX * 4, r.err.s);
	else
		messages = format("%s", "");
	sandbox_result_free(&r);
	list_free(&targets);
	return messages;
}

/* -- One submission -------------------------------------------------------- */

static void
work_make(const struct grading *g, struct sandbox *sb, unsigned slot,
	char **folder)
{
	char *base = format("%s/base/tree", g->scratch);

	*folder = format("%s/work-%u", g->scratch, slot);
	tree_remove(*folder);
	*sb = sandbox_of(*folder, slot, true);
	folder_make(sb->out);
	if (run(NULL, (const char *[]){ "cp", "-a", base, *folder, NULL }) != 0)
		die("cannot copy %s", base);
	free(base);
}

static void
progress_line(const struct grading *g, size_t i, const char *what)
{
	if (!isatty(2))
		return;
	fprintf(stderr, "\r[%zu/%zu] %-50.50s", i, g->lab->n_checks, what);
	if (i == g->lab->n_checks)
		fprintf(stderr, "\r%60s\r", "");
	fflush(stderr);
}

void
grade(const struct grading *g, const char *submission, const char *who,
	unsigned slot, const char *only, bool progress, struct result *r)
{
	uint64_t start = clock_ms();
	struct sandbox sb;
	char *folder;

	*r = (struct result){ .lab = g->lab, .seed = g->seed };
	r->who = format("%s", who);
	work_make(g, &sb, slot, &folder);
	if (submission)
		submission_take(g->lab, submission, sb.tree, &r->remarks);
	sandbox_give(&sb, folder);
	if (progress)
		progress_line(g, 0, "building");
	r->build = build(g, &sb, only);
	sb.writable = false;
	for (size_t i = 0; i < g->lab->n_checks; i++) {
		const struct check *check = &g->lab->check[i];
		struct check_result *c = &r->check[i];
		char *said, *path;

		check_init(c);
		if (!grading_wants(g, check, only))
			continue;
		if (check_is_later(g, check)) {
			c->verdict = VERDICT_LATER;
			continue;
		}
		if (progress)
			progress_line(g, i + 1, check->name);
		said = check_run(g, &sb, check, r->build, c);
		if (g->keep_text) {
			if (!said || !*said)
				die("%s: the reference fails: %s", check->name,
					c->why);
			path = check_expected(g, check);
			file_write(path, said, strlen(said));
			free(path);
		}
		check_judge(g, check, said, c);
		free(said);
		if (c->verdict == VERDICT_PASSED)
			r->points += check->points;
	}
	r->milliseconds = (unsigned)(clock_ms() - start);
	tree_remove(folder);
	sandbox_of_free(&sb);
	free(folder);
}

void
result_free(struct result *r)
{
	for (size_t i = 0; i < r->lab->n_checks; i++)
		check_free(&r->check[i]);
	list_free(&r->remarks);
	free(r->build);
	free(r->who);
}

/* -- The trusted tree ------------------------------------------------------ */

/* Nothing built from the reference's solutions stays in base. */
static void
base_strip(const struct grading *g, const char *tree)
{
	static const char *const built[] = { "drivers", "kernels", "droste",
		"droste.debug", "initrd.tar", "grade.tar", "root", "user",
		"obj/pass1", "obj/ksyms.S", "obj/ksyms.o" };
	struct list files = { 0 };

	for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
		char *path = format("%s/build/%s", tree, built[i]);

		tree_remove(path);
		free(path);
	}
	lab_hole_files(g->lab, &files);
	for (size_t i = 0; i < files.n; i++) {
		int len = (int)strcspn(files.at[i], ".");

		for (unsigned k = 0; k < 4; k++) {
			char *path = format("%s/build/obj/%s%.*s.%c", tree,
				k & 1 ? "host/" : "", len, files.at[i],
				k & 2 ? 'o' : 'd');

			tree_remove(path);
			free(path);
		}
	}
	list_free(&files);
}

static void
base_make(struct grading *g)
{
	char *folder = format("%s/base", g->scratch);
	struct sandbox sb = sandbox_of(folder, 0, true);
	char *messages;

	tree_remove(folder);
	folder_make(sb.out);
	if (g->student) {
		struct list files = { 0 };

		course_tree(g->course, &files);
		for (size_t i = 0; i < files.n; i++) {
			char *from =
				format("%s/%s", g->course->root, files.at[i]);
			char *to = format("%s/%s", sb.tree, files.at[i]);

			folder_of(to);
			if (run(NULL,
				    (const char *[]){
					    "cp", "-a", from, to, NULL }) != 0)
				die("cannot copy %s", from);
			free(from);
			free(to);
		}
		list_free(&files);
	} else {
		handout_tree(g->course, g->lab, sb.tree, NULL);
	}
	sandbox_give(&sb, folder);
	messages = build(g, &sb, NULL);
	if (*messages && !g->student)
		die("the lab's own tree does not build:\n%s", messages);
	free(messages);
	base_strip(g, sb.tree);
	sandbox_of_free(&sb);
	free(folder);
}

/* Observations of the reference, for the seed. */
static void
expected_make(struct grading *g, const char *only)
{
	struct result r;

	g->keep_text = true;
	grade(g, g->course->root, "reference", 0, only, false, &r);
	g->keep_text = false;
	result_free(&r);
}

void
grading_prepare(struct grading *g, const struct course *course,
	const struct lab *lab, uint64_t seed, const char *only, bool quick)
{
	char *marker = format("%s/tools/lab.mk", course->root);
	char scratch[] = "/tmp/droste-grade-XXXXXX";
	char *path, *text;

	*g = (struct grading){
		.course = course, .lab = lab, .seed = seed, .quick = quick
	};
	g->student = file_exists(marker);
	free(marker);
	sandbox_require();
	if (!mkdtemp(scratch) || chmod(scratch, 0711) != 0)
		die("cannot make a folder in /tmp");
	g->scratch = format("%s", scratch);
	base_make(g);
	if (!g->student) {
		expected_make(g, only);
		return;
	}
	path = format("%s/%s/expected/seed", course->root, lab->folder);
	text = file_read(path, NULL, 64);
	if (!text)
		die("%s is missing: this tree cannot grade lab %02u", path,
			lab->number);
	g->seed = strtoull(text, NULL, 10);
	free(text);
	free(path);
}

void
grading_end(struct grading *g)
{
	tree_remove(g->scratch);
	free(g->scratch);
}
