/* SPDX-License-Identifier: MIT */
/*
 * What each platform reads; contracts in platform.h.
 *
 *	gradescope	results.json: a score; tests, each with its visibility
 *	prairielearn	results.json, 1 MB at most: a score of 0 to 1; tests
 *	autolab		one line: {"scores": {"problem": points, ...}}
 *
 * Gradescope itself hides what is hidden.  On the others those checks are one
 * test, or problem, whose name is "hidden".
 */
#include "grading/auto/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX 6000 /* characters about one check */
#define BUILD_MAX  8000

static const char not_graded[] =
	"not graded: the grader's time was over before this check";

bool
platform_known(const char *platform)
{
	static const char *const known[] = { "plain", "gradescope",
		"prairielearn", "autolab" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(platform, known[i]) == 0)
			return true;
	return false;
}

/* A text as JSON, cut; the text is freed. */
static json_t *
cut_json(char *text, size_t max)
{
	json_t *json;

	if (strlen(text) > max)
		memcpy(text + max - 4, "...", 4);
	json = json_string(text);
	free(text);
	return json;
}

static bool
has_verdict(const json_t *check, const char *verdict)
{
	return strcmp(result_text(check, "verdict"), verdict) == 0;
}

static bool
is_visible(const json_t *check)
{
	return strcmp(result_text(check, "visibility"), "visible") == 0;
}

/* What a student reads about one check. */
static json_t *
check_output(const json_t *check)
{
	static const char *const keys[] = { "why", "after", "expected", "seen",
		"wrong", "exits", "printed", "again" };
	struct text t = { 0 };

	text_addf(&t, "%s\n", result_text(check, "about"));
	if (has_verdict(check, "skipped"))
		text_addf(&t, "%s\n", not_graded);
	if (has_verdict(check, "lost"))
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (*result_text(check, keys[i]))
				text_addf(&t, "%s: %s\n", keys[i],
					result_text(check, keys[i]));
	return cut_json(t.s, OUTPUT_MAX);
}

void
platform_say(const json_t *check)
{
	json_t *output = check_output(check);

	printf("%s", json_string_value(output));
	json_decref(output);
}

/* What a student reads about all of it. */
static json_t *
whole_output(const json_t *result)
{
	json_t *checks = json_object_get(result, "checks"), *one;
	unsigned left = 0;
	struct text t = { 0 };
	size_t i;

	text_addf(&t, "%u of %u points\n", result_number(result, "points"),
		result_number(result, "max"));
	json_array_foreach(checks, i, one) left += has_verdict(one, "skipped");
	if (left)
		text_addf(&t, "%u checks were not graded\n", left);
	json_array_foreach(json_object_get(result, "notes"), i, one)
		text_addf(&t, "%s\n", json_string_value(one));
	if (*result_text(result, "build"))
		text_addf(&t, "The build said:\n%s\n",
			result_text(result, "build"));
	return cut_json(t.s, BUILD_MAX);
}

static json_t *
gradescope_test(const json_t *check, size_t number)
{
	const char *exercise = result_text(check, "exercise");
	json_t *test = json_object();

	json_object_set(test, "name", json_object_get(check, "name"));
	json_object_set_new(test, "number", json_sprintf("%zu", number));
	json_object_set(test, "score", json_object_get(check, "points"));
	json_object_set(test, "max_score", json_object_get(check, "max"));
	json_object_set_new(test, "status",
		json_string(
			has_verdict(check, "passed") ? "passed" : "failed"));
	json_object_set(
		test, "visibility", json_object_get(check, "visibility"));
	json_object_set_new(test, "output", check_output(check));
	if (*exercise)
		json_object_set_new(test, "tags", json_pack("[s]", exercise));
	return test;
}

static json_t *
gradescope(const json_t *result)
{
	json_t *out = json_object(), *tests = json_array(), *check;
	json_t *extra = json_object();
	size_t i;

	json_array_foreach(json_object_get(result, "checks"), i, check)
		json_array_append_new(tests, gradescope_test(check, i + 1));
	json_object_set(extra, "seed", json_object_get(result, "seed"));
	json_object_set(extra, "digest", json_object_get(result, "digest"));
	json_object_set_new(
		out, "score", json_integer(result_number(result, "points")));
	json_object_set(
		out, "execution_time", json_object_get(result, "seconds"));
	json_object_set_new(out, "output", whole_output(result));
	json_object_set_new(out, "output_format", json_string("text"));
	json_object_set_new(out, "test_output_format", json_string("text"));
	json_object_set_new(out, "stdout_visibility", json_string("hidden"));
	json_object_set_new(out, "extra_data", extra);
	json_object_set_new(out, "tests", tests);
	return out;
}

/* Points and highest points of what is not shown; false: all is. */
static bool
hidden_sum(const json_t *result, unsigned *points, unsigned *max)
{
	bool any = false;
	json_t *check;
	size_t i;

	*points = *max = 0;
	json_array_foreach(json_object_get(result, "checks"), i, check)
	{
		if (is_visible(check))
			continue;
		any = true;
		*points += result_number(check, "points");
		*max += result_number(check, "max");
	}
	return any;
}

static json_t *
prairielearn(const json_t *result)
{
	json_t *out = json_object(), *tests = json_array(), *check;
	unsigned points = result_number(result, "points");
	unsigned max = result_number(result, "max"), hidden, hidden_max;
	size_t i;

	if (!json_is_true(json_object_get(result, "found"))) {
		json_object_set_new(out, "gradable", json_false());
		json_object_set(
			out, "format_errors", json_object_get(result, "notes"));
		json_decref(tests);
		return out;
	}
	json_array_foreach(json_object_get(result, "checks"), i, check)
	{
		if (!is_visible(check))
			continue;
		json_array_append_new(tests,
			json_pack("{s:O, s:O, s:O, s:O, s:s, s:o}", "name",
				json_object_get(check, "name"), "description",
				json_object_get(check, "about"), "points",
				json_object_get(check, "points"), "max_points",
				json_object_get(check, "max"), "message",
				has_verdict(check, "skipped") ? not_graded : "",
				"output", check_output(check)));
	}
	if (hidden_sum(result, &hidden, &hidden_max))
		json_array_append_new(tests,
			json_pack("{s:s, s:s, s:i, s:i}", "name", "hidden",
				"description", "checks that are not shown",
				"points", (int)hidden, "max_points",
				(int)hidden_max));
	json_object_set_new(out, "gradable", json_true());
	json_object_set_new(out, "score", json_real((double)points / max));
	json_object_set_new(out, "output", whole_output(result));
	json_object_set_new(out, "tests", tests);
	return out;
}

static json_t *
autolab(const json_t *result)
{
	json_t *scores = json_object(), *check;
	unsigned points, max;
	size_t i;

	json_array_foreach(json_object_get(result, "checks"), i, check)
	{
		if (is_visible(check))
			json_object_set(scores, result_text(check, "name"),
				json_object_get(check, "points"));
	}
	if (hidden_sum(result, &points, &max))
		json_object_set_new(
			scores, "hidden", json_integer((json_int_t)points));
	return json_pack("{s:o}", "scores", scores);
}

json_t *
platform_json(const json_t *result, const char *platform)
{
	if (strcmp(platform, "gradescope") == 0)
		return gradescope(result);
	if (strcmp(platform, "prairielearn") == 0)
		return prairielearn(result);
	if (strcmp(platform, "autolab") == 0)
		return autolab(result);
	return json_incref((json_t *)(uintptr_t)result);
}
