/* SPDX-License-Identifier: MIT */
/*
 * The page about a class, as one file that needs no other: how the grades are
 * spread, which check each student has, where the class got stuck, and each
 * student's failures.  All text that came from a submission is escaped.
 */
#include "grading/auto/results.h"

#include <stdlib.h>
#include <string.h>

#define BINS 10

static const char style[] =
	"body{font:15px/1.4 sans-serif;max-width:70em;margin:1em auto;"
	"padding:0 1em}"
	"table{border-collapse:collapse}td,th{padding:2px 6px;text-align:left}"
	".map td{width:14px;height:14px;padding:0;border:1px solid #fff}"
	".passed{background:#4a9}.lost{background:#d65}.skipped{background:#"
	"ccc}"
	".bar{background:#58b;height:14px;display:inline-block}"
	"pre{background:#f4f4f4;padding:6px;overflow:auto}"
	"th.check{writing-mode:vertical-rl;font-weight:normal}";

static void
add_escaped(struct text *t, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '<':
			text_addf(t, "&lt;");
			break;
		case '>':
			text_addf(t, "&gt;");
			break;
		case '&':
			text_addf(t, "&amp;");
			break;
		case '"':
			text_addf(t, "&quot;");
			break;
		default:
			text_add(t, s, 1);
		}
}

static const json_t *
check_at(const json_t *result, size_t i)
{
	return json_array_get(json_object_get(result, "checks"), i);
}

static bool
passed(const json_t *result, size_t i)
{
	return strcmp(result_text(check_at(result, i), "verdict"), "passed") ==
		0;
}

/* How many have how much, in tenths of all points. */
static void
add_distribution(struct text *t, const json_t *results)
{
	unsigned bin[BINS + 1] = { 0 }, n = (unsigned)json_array_size(results);

	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(results, i);
		unsigned max = result_number(r, "max");

		bin[max ? result_number(r, "points") * BINS / max : 0]++;
	}
	text_addf(t, "<h2>Distribution</h2><table id=\"distribution\">");
	for (unsigned b = 0; b <= BINS; b++)
		text_addf(t,
			"<tr><td>%u%%</td><td><span class=\"bar\" "
			"style=\"width:%upx\"></span> %u</td></tr>\n",
			b * 100 / BINS, bin[b] * 400 / (n ? n : 1), bin[b]);
	text_addf(t, "</table>\n");
}

/* Where the class got stuck: the checks, with how many have them. */
static void
add_checks(struct text *t, const struct lab *lab, const json_t *results)
{
	size_t n = json_array_size(results);

	text_addf(t,
		"<h2>Where the class got stuck</h2><table id=\"checks\">"
		"<tr><th>check</th><th>exercise</th><th>have it</th></tr>\n");
	for (size_t k = 0; k < lab->n_checks; k++) {
		size_t have = 0;

		for (size_t i = 0; i < n; i++)
			have += passed(json_array_get(results, i), k);
		text_addf(t,
			"<tr><td>%s</td><td>%s</td><td><span class=\"bar\""
			" style=\"width:%zupx\"></span> %zu of %zu"
			"</td></tr>\n",
			lab->check[k].name, lab->check[k].hole,
			have * 200 / (n ? n : 1), have, n);
	}
	text_addf(t, "</table>\n");
}

/* Students by checks. */
static void
add_map(struct text *t, const struct lab *lab, const json_t *results)
{
	text_addf(t,
		"<h2>Who has what</h2><table class=\"map\" id=\"map\">"
		"<tr><th></th>");
	for (size_t k = 0; k < lab->n_checks; k++)
		text_addf(t, "<th class=\"check\">%s</th>", lab->check[k].name);
	text_addf(t, "<th></th></tr>\n");
	for (size_t i = 0; i < json_array_size(results); i++) {
		const json_t *r = json_array_get(results, i);

		text_addf(t, "<tr><th><a href=\"#s%zu\">", i);
		add_escaped(t, result_text(r, "who"));
		text_addf(t, "</a></th>");
		for (size_t k = 0; k < lab->n_checks; k++)
			text_addf(t, "<td class=\"%s\" title=\"%s\"></td>",
				result_text(check_at(r, k), "verdict"),
				lab->check[k].name);
		text_addf(t, "<th>%u/%u</th></tr>\n",
			result_number(r, "points"), result_number(r, "max"));
	}
	text_addf(t, "</table>\n");
}

static void
add_line(struct text *t, const char *title, const char *value)
{
	if (!*value)
		return;
	text_addf(t, "%s: ", title);
	add_escaped(t, value);
	text_addf(t, "\n");
}

static void
add_lost(struct text *t, const json_t *check)
{
	text_addf(t, "<h4>%s (%u points)</h4><p>", result_text(check, "name"),
		result_number(check, "max"));
	add_escaped(t, result_text(check, "about"));
	text_addf(t, "</p><pre>");
	add_line(t, "exercise", result_text(check, "exercise"));
	add_line(t, "happened", result_text(check, "why"));
	add_line(t, "after", result_text(check, "after"));
	add_line(t, "expected", result_text(check, "expected"));
	add_line(t, "seen", result_text(check, "seen"));
	add_line(t, "printed", result_text(check, "printed"));
	add_line(t, "again", result_text(check, "again"));
	text_addf(t, "</pre>\n");
}

static void
add_student(struct text *t, const struct lab *lab, const json_t *r, size_t i)
{
	const json_t *remarks = json_object_get(r, "remarks");

	text_addf(t, "<details id=\"s%zu\"><summary>", i);
	add_escaped(t, result_text(r, "who"));
	text_addf(t, ": %u of %u</summary>\n", result_number(r, "points"),
		result_number(r, "max"));
	for (size_t k = 0; k < json_array_size(remarks); k++) {
		text_addf(t, "<p>Note: ");
		add_escaped(t, json_string_value(json_array_get(remarks, k)));
		text_addf(t, "</p>\n");
	}
	for (size_t k = 0; k < lab->n_checks; k++)
		if (!passed(r, k))
			add_lost(t, check_at(r, k));
	text_addf(t, "</details>\n");
}

void
report_write(const struct course *course, const struct lab *lab,
	const json_t *results, const char *path)
{
	struct text t = { 0 };

	text_addf(&t,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
		"charset=\"utf-8\"><title>Lab %02u: %s</title><style>%s"
		"</style></head><body>\n<h1>%s, lab %02u: %s</h1>\n"
		"<p>%zu submissions.</p>\n",
		lab->number, lab->title, style, course->name, lab->number,
		lab->title, json_array_size(results));
	add_distribution(&t, results);
	add_checks(&t, lab, results);
	add_map(&t, lab, results);
	text_addf(&t, "<h2>Students</h2>\n");
	for (size_t i = 0; i < json_array_size(results); i++)
		add_student(&t, lab, json_array_get(results, i), i);
	text_addf(&t, "</body></html>\n");
	file_write(path, t.s, t.len);
	text_free(&t);
}
