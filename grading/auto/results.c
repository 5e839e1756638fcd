/* SPDX-License-Identifier: MIT */
/* Results as JSON; contracts in results.h. */
#include "grading/auto/results.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A JSON text of what may be any bytes. */
static json_t *
text_json(const char *s)
{
	char *clean = text_clean(s ? s : "", false);
	json_t *json;

	json = json_string(clean);
	free(clean);
	return json;
}

static const char *
verdict_name(enum verdict v)
{
	return v == VERDICT_PASSED   ? "passed"
		: v == VERDICT_LOST  ? "lost"
		: v == VERDICT_LATER ? "later"
				     : "skipped";
}

static json_t *
check_json(const struct check *check, const struct check_result *c)
{
	bool passed = c->verdict == VERDICT_PASSED;
	char *why = format("%.*s",
		c->unsteady ? (int)strcspn(c->why, "\n") : (int)strlen(c->why),
		passed ? "" : c->why);
	json_t *json = json_object();

	json_object_set_new(json, "name", text_json(check->name));
	json_object_set_new(json, "about", text_json(check->about));
	json_object_set_new(json, "exercise", text_json(check->hole));
	json_object_set_new(json, "visibility",
		text_json(visibility_name(check->visibility)));
	json_object_set_new(
		json, "verdict", text_json(verdict_name(c->verdict)));
	json_object_set_new(
		json, "points", json_integer(passed ? check->points : 0));
	json_object_set_new(json, "max", json_integer(check->points));
	json_object_set_new(json, "why", text_json(why));
	json_object_set_new(json, "after", text_json(c->where));
	json_object_set_new(json, "expected", text_json(c->expected));
	json_object_set_new(json, "seen", text_json(c->seen));
	json_object_set_new(json, "wrong", text_json(passed ? "" : c->wrong));
	json_object_set_new(
		json, "stood", text_json(c->unsteady ? "" : c->stood));
	json_object_set_new(
		json, "exits", text_json(c->unsteady ? "" : c->exits));
	json_object_set_new(json, "printed",
		text_json(passed || c->unsteady ? "" : c->evidence));
	json_object_set_new(json, "again", text_json(c->reproduce));
	free(why);
	return json;
}

json_t *
result_json(const struct result *r, const char *digest)
{
	json_t *json = json_object(), *checks = json_array();
	json_t *remarks = json_array();
	char *seed = format("%llu", (unsigned long long)r->seed);

	for (size_t i = 0; i < r->lab->n_checks; i++)
		json_array_append_new(
			checks, check_json(&r->lab->check[i], &r->check[i]));
	for (size_t i = 0; i < r->remarks.n; i++)
		json_array_append_new(remarks, text_json(r->remarks.at[i]));
	json_object_set_new(json, "who", text_json(r->who));
	json_object_set_new(json, "lab", text_json(r->lab->name));
	json_object_set_new(json, "seed", text_json(seed));
	json_object_set_new(json, "digest", text_json(digest));
	json_object_set_new(json, "points", json_integer(r->points));
	json_object_set_new(json, "max", json_integer(lab_points(r->lab)));
	json_object_set_new(json, "remarks", remarks);
	json_object_set_new(json, "build", text_json(r->build));
	json_object_set_new(json, "checks", checks);
	free(seed);
	return json;
}

void
result_write(const json_t *json, const char *path)
{
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_PRESERVE_ORDER);

	if (!text)
		die("%s: cannot write a result", path);
	file_write(path, text, strlen(text));
	free(text);
}

json_t *
result_read(const char *path)
{
	json_error_t error;

	return json_load_file(path, 0, &error);
}

const char *
result_text(const json_t *json, const char *name)
{
	const char *s = json_string_value(json_object_get(json, name));

	return s ? s : "";
}

unsigned
result_number(const json_t *json, const char *name)
{
	return (unsigned)json_integer_value(json_object_get(json, name));
}

/* Set a member; was it something else? */
static bool
renew(json_t *json, const char *name, json_t *value)
{
	bool changed = !json_equal(json_object_get(json, name), value);

	json_object_set_new(json, name, value);
	return changed;
}

bool
result_refresh(json_t *json, const struct lab *lab)
{
	bool changed = false;
	unsigned points = 0;
	json_t *check;
	size_t i;

	json_array_foreach(json_object_get(json, "checks"), i, check)
	{
		const struct check *is =
			lab_check(lab, result_text(check, "name"));
		unsigned has;

		if (!is)
			continue;
		has = strcmp(result_text(check, "verdict"), "passed") == 0
			? is->points
			: 0;
		points += has;
		changed |= renew(check, "points", json_integer(has));
		changed |= renew(check, "max", json_integer(is->points));
		changed |= renew(check, "about", text_json(is->about));
		changed |= renew(check, "exercise", text_json(is->hole));
		changed |= renew(check, "visibility",
			text_json(visibility_name(is->visibility)));
	}
	changed |= renew(json, "points", json_integer(points));
	changed |= renew(json, "max", json_integer(lab_points(lab)));
	return changed;
}

static uint64_t
digest_add(uint64_t sum, const char *s)
{
	for (; *s; s++)
		sum = (sum ^ (unsigned char)*s) * 0x100000001b3ull;
	return (sum ^ 0xff) * 0x100000001b3ull;
}

char *
submission_digest(const struct lab *lab, const char *submission)
{
	struct list files = { 0 };
	uint64_t sum = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < lab->n_checks; i++) {
		const struct check *c = &lab->check[i];
		char *how = format("%s %d %s %s %s %u", c->name, c->type,
			c->driver, c->command, c->witness, c->budget);

		sum = digest_add(sum, how);
		free(how);
	}
	lab_hole_files(lab, &files);
	for (size_t i = 0; i < files.n; i++) {
		const char *problem;
		char *text = submission_file(submission, files.at[i], &problem);

		sum = digest_add(sum, text ? text : problem);
		free(text);
	}
	list_free(&files);
	return format("%016llx", (unsigned long long)sum);
}
