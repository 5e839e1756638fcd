/* SPDX-License-Identifier: MIT */
/*
 * For the packages that tools/export makes: grade one submission as a platform
 * hands it over, and write what the platform reads.
 *
 * The results file is written before the first check and again after each, as
 * a whole; what is not graded yet says so.  So whenever the platform ends the
 * grader, what was graded is there.  Some platforms throw all away when they
 * end a grader: so it ends by itself before (-t).
 */
#include "grading/auto/collect.h"
#include "grading/auto/commands.h"
#include "grading/auto/platform.h"
#include "grading/auto/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS_MAX 1000000

/* The grading of one submission for a platform. */
struct one {
	const char *platform, *to;
	const struct lab *lab;
	struct collected collected;
	char *digest;
	uint64_t start; /* clock_ms() */
};

static void
one_write(const struct one *one, const struct result *r)
{
	json_t *json = result_json(r, one->digest), *notes = json_array();
	json_t *out;
	char *text;

	for (size_t i = 0; i < one->collected.notes.n; i++)
		json_array_append_new(
			notes, json_string(one->collected.notes.at[i]));
	json_object_set_new(json, "notes", notes);
	json_object_set_new(json, "found",
		json_boolean(one->collected.found || !one->digest));
	json_object_set_new(json, "seconds",
		json_real((double)(clock_ms() - one->start) / 1000));
	out = platform_json(json, one->platform);
	text = json_dumps(out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (!text)
		die("%s: cannot write a result", one->to);
	file_write(one->to, text, strlen(text));
	free(text);
	json_decref(out);
	json_decref(json);
}

/* One check is graded.  Where students read this, what is hidden stays so. */
static void
one_tell(void *arg, const struct result *r, size_t i)
{
	const struct one *one = arg;
	const struct check *check = &one->lab->check[i];
	const struct check_result *c = &r->check[i];

	one_write(one, r);
	if (check->visibility != VISIBLE &&
		strcmp(one->platform, "autolab") == 0)
		return;
	printf("%s %-24s %s\n",
		c->verdict == VERDICT_PASSED	     ? "ok  "
			: c->verdict == VERDICT_LOST ? "lost"
						     : "----",
		check->name, check->about);
	if (c->verdict != VERDICT_PASSED && *c->why)
		printf("     %s\n", c->why);
	if (c->verdict == VERDICT_LOST && *c->expected)
		printf("     expected: %s\n     seen: %s\n", c->expected,
			c->seen);
	fflush(stdout);
}

static void
one_notes(const struct one *one, const struct result *r)
{
	bool students = strcmp(one->platform, "autolab") == 0;

	for (size_t i = 0; i < one->collected.notes.n; i++)
		printf("note: %s\n", one->collected.notes.at[i]);
	for (size_t i = 0; r && !students && i < r->remarks.n; i++)
		printf("remark: %s\n", r->remarks.at[i]);
	if (r && *r->build)
		printf("The build said:\n%s\n", r->build);
	fflush(stdout);
}

static void
one_grade(struct one *one, const struct course *c, const char *submission,
	uint64_t seed)
{
	char *stage;
	struct grading g;
	struct result r;

	result_init(&r, one->lab, seed, "submission");
	sandbox_require();
	stage = scratch_make();
	collect(one->lab, submission, stage, &one->collected);
	one->digest = submission_digest(one->lab, one->collected.folder);
	if (!one->collected.found) {
		one_write(one, &r);
		one_notes(one, NULL);
	} else {
		result_free(&r);
		grading_prepare(&g, c, one->lab, seed, NULL, false);
		g.lanes = 1; /* a platform gives half a CPU */
		g.tell = one_tell;
		g.tell_arg = one;
		result_init(&r, one->lab, seed, "submission");
		one_write(one, &r);
		result_free(&r);
		printf("lab %02u, seed %llu, sandbox: %s\n", one->lab->number,
			(unsigned long long)seed, sandbox_kind());
		grade(&g, one->collected.folder, "submission", 1, NULL, false,
			&r);
		one_write(one, &r);
		one_notes(one, &r);
		grading_end(&g);
	}
	result_free(&r);
	scratch_remove(stage);
	free(stage);
}

int
command_one(int argc, char **argv)
{
	struct one one = { .platform = "plain", .start = clock_ms() };
	struct course c;
	uint64_t seed = 0;
	int option;

	while ((option = getopt(argc, argv, "p:s:t:")) != -1)
		if (option == 'p')
			one.platform = optarg;
		else if (option == 's')
			seed = seed_of(optarg);
		else if (option == 't')
			sandbox_end_by(one.start +
				1000 *
					setting_number("TIME", optarg, 1,
						SECONDS_MAX));
		else
			return 2;
	if (argc != optind + 3 || !platform_known(one.platform))
		die("grader one [-p gradescope|prairielearn|autolab] [-s SEED] "
		    "[-t SECONDS] LAB SUBMISSION RESULT");
	course_read(&c, ".");
	one.lab = course_lab(&c, argv[optind]);
	one.to = argv[optind + 2];
	if (!seed)
		seed = c.seed;
	if (!seed && !file_exists("tools/lab.mk"))
		seed = fresh_seed();
	one_grade(&one, &c, argv[optind + 1], seed);
	free(one.digest);
	collected_free(&one.collected);
	course_free(&c);
	return 0;
}

/* Say one check of a plain result; its exit status is what Classroom asks. */
int
command_verdict(int argc, char **argv)
{
	json_t *result, *check;
	bool known = false, passed = false;
	size_t i;

	if (argc != 3)
		die("grader verdict RESULT CHECK");
	result = result_read(argv[1]);
	if (!result)
		die("%s: there is no result in it", argv[1]);
	json_array_foreach(json_object_get(result, "checks"), i, check)
	{
		if (strcmp(result_text(check, "name"), argv[2]) != 0)
			continue;
		known = true;
		passed = strcmp(result_text(check, "verdict"), "passed") == 0;
		platform_say(check);
	}
	if (!known)
		die("%s: it has no check %s", argv[1], argv[2]);
	json_decref(result);
	return !passed;
}
