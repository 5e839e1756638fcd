/* SPDX-License-Identifier: MIT */
/*
 * Base, build, checks; contracts in grade.h.
 */
#include "grading/auto/grade.h"

#include "grading/auto/base.h"
#include "grading/auto/check.h"
#include "grading/auto/lanes.h"
#include "grading/auto/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUILD_SECONDS	  3600 /* a net, too, for what waits without end */
#define BUILD_CPU_SECONDS 20   /* a compiler takes one */
#define BUILD_MIB	  512  /* what includes a device takes all */
#define EVIDENCE_MAX	  2000 /* characters that are kept */

struct sandbox
sandbox_of(const char *folder, unsigned slot, bool writable)
{
	return (struct sandbox){ .tree = format("%s/tree", folder),
		.out = format("%s/out", folder),
		.slot = slot,
		.writable = writable };
}

void
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

void
grade_targets(const struct grading *g, const char *only, struct list *targets)
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

/* A compiler's own files have names by chance, which are no message. */
static void
hide_chance(char *messages)
{
	static const char name[] = "/tmp/cc";

	for (char *at = messages; (at = strstr(at, name));) {
		at += strlen(name);
		for (unsigned i = 0; i < 6 && at[i] && at[i] != '\n'; i++)
			at[i] = 'X';
	}
}

char *
grade_build(const struct grading *g, const struct sandbox *sb, const char *only)
{
	struct list targets = { 0 };
	struct sandbox limited = *sb;
	struct sandbox_result r;
	const char *argv[32] = { "make", "-k", g->steady ? "-j1" : "-j2",
		"-s" };
	size_t n = 4;
	char *messages;

	grade_targets(g, only, &targets);
	for (size_t i = 0; i < targets.n && n < 31; i++)
		argv[n++] = targets.at[i];
	argv[n] = NULL;
	limited.cpu_seconds = BUILD_CPU_SECONDS;
	limited.mib = BUILD_MIB;
	sandbox_run(&limited, argv, BUILD_SECONDS, &r);
	if (r.flooded)
		messages = format("the build printed without end");
	else if (r.timed_out)
		messages = format("the build did not end");
	else if (r.status != 0)
		messages = format("%.*s", EVIDENCE_MAX * 4, r.err.s);
	else
		messages = format("%s", "");
	hide_chance(messages);
	sandbox_result_free(&r);
	list_free(&targets);
	return messages;
}

void
result_init(
	struct result *r, const struct lab *lab, uint64_t seed, const char *who)
{
	*r = (struct result){ .lab = lab, .seed = seed };
	r->who = format("%s", who);
	r->build = format("%s", "");
	for (size_t i = 0; i < lab->n_checks; i++)
		check_init(&r->check[i]);
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

void
grade(const struct grading *g, const char *submission, const char *who,
	unsigned slot, const char *only, bool progress, struct result *r)
{
	uint64_t start = clock_ms();
	struct sandbox sb;
	char *folder;

	result_init(r, g->lab, g->seed, who);
	work_make(g, &sb, slot, &folder);
	if (submission)
		submission_take(g->lab, submission, sb.tree, &r->remarks);
	sandbox_give(&sb, folder);
	if (progress && isatty(2))
		fprintf(stderr, "\r%-60s", "building");
	free(r->build);
	r->build = grade_build(g, &sb, only);
	sandbox_seal(&sb);
	if (submission)
		remark_objects(g->lab, &sb, &r->remarks);
	lanes_run(g, &sb, only, progress, r);
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

/* -- Getting ready --------------------------------------------------------- */

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
	char *path, *text;

	*g = (struct grading){
		.course = course, .lab = lab, .seed = seed, .quick = quick
	};
	g->student = file_exists(marker);
	free(marker);
	sandbox_require();
	g->lanes = lanes_usual();
	g->scratch = scratch_make();
	/* for the grader alone, whatever the sandbox is */
	path = format("%s/expected", g->scratch);
	if (mkdir(path, 0700) != 0)
		die("cannot make %s", path);
	free(path);
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
	if (seed && seed != g->seed)
		die("SEED=%llu: this tree knows what the reference does for "
		    "SEED=%llu alone",
			(unsigned long long)seed, (unsigned long long)g->seed);
	free(text);
	free(path);
}

void
grading_end(struct grading *g)
{
	scratch_remove(g->scratch);
	free(g->scratch);
}
