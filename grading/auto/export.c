/* SPDX-License-Identifier: MIT */
/*
 * For the packages that tools/export makes: grade one submission to a file,
 * and turn such a file into what a platform reads.
 *
 *	gradescope	results.json: tests with scores and visibility
 *	prairielearn	results.json: a score of 0 to 1, tests with points
 *	autolab		the last line of standard output: {"scores": {...}}
 */
#include "grading/auto/commands.h"
#include "grading/auto/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
command_one(int argc, char **argv)
{
	struct course c;
	struct grading g;
	struct result r;
	char *digest;
	json_t *json;

	if (argc != 4)
		die("grader one LAB SUBMISSION RESULT");
	course_read(&c, ".");
	grading_prepare(&g, &c, course_lab(&c, argv[1]),
		c.seed ? c.seed : fresh_seed(), NULL, false);
	grade(&g, argv[2], "submission", 1, NULL, true, &r);
	digest = submission_digest(g.lab, argv[2]);
	json = result_json(&r, digest);
	result_write(json, argv[3]);
	json_decref(json);
	free(digest);
	result_free(&r);
	grading_end(&g);
	course_free(&c);
	return 0;
}

/* What a student reads about one check; to be freed. */
static char *
check_output(const json_t *check)
{
	static const char *const keys[] = { "why", "after", "expected", "seen",
		"printed", "again" };
	struct text t = { 0 };

	text_addf(&t, "%s\n", result_text(check, "about"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*result_text(check, keys[i]))
			text_addf(&t, "%s: %s\n", keys[i],
				result_text(check, keys[i]));
	return t.s;
}

/* A test, with the platform's words for it. */
static json_t *
test_json(const json_t *check, bool gradescope)
{
	bool passed = strcmp(result_text(check, "verdict"), "passed") == 0;
	char *output = check_output(check);
	json_t *test = json_object();

	json_object_set(test, "name", json_object_get(check, "name"));
	json_object_set(test, gradescope ? "score" : "points",
		json_object_get(check, "points"));
	json_object_set(test, gradescope ? "max_score" : "max_points",
		json_object_get(check, "max"));
	json_object_set_new(test, "output", json_string(output));
	if (gradescope) {
		json_object_set_new(test, "status",
			json_string(passed ? "passed" : "failed"));
		json_object_set(test, "visibility",
			json_object_get(check, "visibility"));
	}
	free(output);
	return test;
}

static json_t *
platform_json(const json_t *result, const char *target)
{
	bool gradescope = strcmp(target, "gradescope") == 0;
	json_t *out = json_object(), *list = json_array(), *check;
	json_t *checks = json_object_get(result, "checks");
	json_t *scores = json_object();
	unsigned max = result_number(result, "max");
	double points = result_number(result, "points");
	size_t i;

	json_array_foreach(checks, i, check)
	{
		bool hidden = strcmp(result_text(check, "visibility"),
				      "visible") != 0;

		if (gradescope || !hidden)
			json_array_append_new(
				list, test_json(check, gradescope));
		json_object_set(scores, result_text(check, "name"),
			json_object_get(check, "points"));
	}
	if (strcmp(target, "autolab") == 0) {
		json_object_set(out, "scores", scores);
	} else {
		json_object_set(out, "tests", list);
		json_object_set_new(out, "score",
			json_real(gradescope ? points
					     : points / (max ? max : 1)));
	}
	if (strcmp(target, "prairielearn") == 0)
		json_object_set_new(out, "gradable", json_true());
	json_decref(list);
	json_decref(scores);
	return out;
}

int
command_convert(int argc, char **argv)
{
	json_t *result, *out;
	char *text;

	if (argc != 3 ||
		(strcmp(argv[1], "gradescope") && strcmp(argv[1], "autolab") &&
			strcmp(argv[1], "prairielearn")))
		die("grader convert gradescope|prairielearn|autolab RESULT");
	result = result_read(argv[2]);
	if (!result)
		die("%s: there is no result in it", argv[2]);
	out = platform_json(result, argv[1]);
	text = json_dumps(out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	puts(text);
	free(text);
	json_decref(out);
	json_decref(result);
	return 0;
}
