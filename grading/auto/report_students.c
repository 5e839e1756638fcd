/* SPDX-License-Identifier: MIT */
/* Students by checks, and what each lost; contracts in report.h. */
#include "grading/auto/report.h"

#include <string.h>

/* -- Who has what ---------------------------------------------------------- */

static const char *
verdict_sign(const char *verdict)
{
	return strcmp(verdict, "passed") == 0  ? "&#10003;"
		: strcmp(verdict, "lost") == 0 ? "&#10007;"
					       : "&#8211;";
}

/* A cell; one of a lost check leads to what happened. */
static void
add_cell(struct text *t, const json_t *r, size_t i, size_t k)
{
	const char *verdict = result_text(report_check(r, k), "verdict");

	text_addf(t, "<td class=\"%s\">", verdict);
	if (report_passed(r, k))
		text_addf(t, "%s", verdict_sign(verdict));
	else
		text_addf(t, "<a href=\"#s%zu-%zu\" tabindex=\"-1\">%s</a>", i,
			k, verdict_sign(verdict));
	text_addf(t, "</td>");
}

static void
add_row(struct text *t, const struct lab *lab, const json_t *r, size_t i)
{
	text_addf(t,
		"<tr data-at=\"%zu\" data-points=\"%u\"><th scope=\"row\">"
		"<a href=\"#s%zu\">",
		i, result_number(r, "points"), i);
	html_text(t, result_text(r, "who"));
	text_addf(t, "</a></th><td class=\"number\">%u</td>",
		result_number(r, "points"));
	for (size_t k = 0; k < lab->n_checks; k++)
		add_cell(t, r, i, k);
	text_addf(t, "</tr>\n");
}

void
report_map(struct text *t, const struct lab *lab, const json_t *results)
{
	text_addf(t,
		"<section id=\"map\"><h2>Who has what</h2>\n"
		"<p>&#10003; passed, &#10007; lost, &#8211; not graded. "
		"A name, or a &#10007;, leads to what happened.</p>\n"
		"<div id=\"controls\" hidden></div>\n"
		"<div class=\"wide tall\" tabindex=\"0\" role=\"region\" "
		"aria-label=\"Students by checks\">"
		"<table><thead><tr><th scope=\"col\">student</th>"
		"<th scope=\"col\">points</th>");
	for (size_t k = 0; k < lab->n_checks; k++)
		text_addf(t, "<th scope=\"col\" class=\"check\">%s</th>",
			lab->check[k].name);
	text_addf(t, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < json_array_size(results); i++)
		add_row(t, lab, json_array_get(results, i), i);
	text_addf(t, "</tbody></table></div></section>\n");
}

/* -- What each lost -------------------------------------------------------- */

/* What of a check's result is shown, in this order. */
static const struct {
	const char *key, *title;
} lines[] = {
	{ "why", "happened" },
	{ "after", "after" },
	{ "expected", "expected" },
	{ "seen", "seen" },
	{ "wrong", "first wrong" },
	{ "stood", "it was at" },
	{ "exits", "last exits" },
	{ "printed", "printed" },
	{ "again", "again" },
};

static void
add_lost(struct text *t, const json_t *check, size_t i, size_t k)
{
	const char *visibility = result_text(check, "visibility");

	text_addf(t, "<details id=\"s%zu-%zu\"><summary><b>%s</b> (%u", i, k,
		result_text(check, "name"), result_number(check, "max"));
	if (strcmp(visibility, "visible") != 0)
		text_addf(t, ", %s",
			*visibility == 'h' ? "hidden"
					   : "shown after the due date");
	text_addf(t, "): ");
	html_text(t, result_text(check, "about"));
	text_addf(t, "</summary>\n<dl>");
	if (*result_text(check, "exercise")) {
		text_addf(t, "<dt>exercise</dt><dd>");
		html_text(t, result_text(check, "exercise"));
		text_addf(t, "</dd>");
	}
	for (size_t l = 0; l < sizeof(lines) / sizeof(lines[0]); l++) {
		const char *value = result_text(check, lines[l].key);

		if (!*value)
			continue;
		text_addf(t, "<dt>%s</dt><dd><pre>", lines[l].title);
		html_text(t, value);
		text_addf(t, "</pre></dd>");
	}
	text_addf(t, "</dl></details>\n");
}

static void
add_notes(struct text *t, const json_t *r)
{
	const json_t *remarks = json_object_get(r, "remarks");
	const char *build = result_text(r, "build");

	if (json_array_size(remarks))
		text_addf(t, "<ul class=\"notes\">");
	for (size_t k = 0; k < json_array_size(remarks); k++) {
		text_addf(t, "<li>");
		html_text(t, json_string_value(json_array_get(remarks, k)));
		text_addf(t, "</li>");
	}
	if (json_array_size(remarks))
		text_addf(t, "</ul>\n");
	if (*build) {
		text_addf(t,
			"<details><summary>What the build said</summary>"
			"<pre>");
		html_text(t, build);
		text_addf(t, "</pre></details>\n");
	}
}

static void
add_student(struct text *t, const struct lab *lab, const json_t *r, size_t i)
{
	unsigned late = result_number(r, "days_late");

	text_addf(t, "<article id=\"s%zu\"><h3>", i);
	html_text(t, result_text(r, "who"));
	text_addf(t, "</h3><p>%u of %u points", result_number(r, "points"),
		result_number(r, "max"));
	if (late)
		text_addf(t, ", %u day%s late", late, late == 1 ? "" : "s");
	text_addf(t, ". <a href=\"#map\">Back to the map</a></p>\n");
	add_notes(t, r);
	for (size_t k = 0; k < lab->n_checks; k++)
		if (!report_passed(r, k))
			add_lost(t, report_check(r, k), i, k);
	text_addf(t, "</article>\n");
}

void
report_students(struct text *t, const struct lab *lab, const json_t *results)
{
	text_addf(t, "<section id=\"students\"><h2>Students</h2>\n");
	for (size_t i = 0; i < json_array_size(results); i++)
		add_student(t, lab, json_array_get(results, i), i);
	text_addf(t, "</section>\n");
}
