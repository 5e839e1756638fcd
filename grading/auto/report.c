/* SPDX-License-Identifier: MIT */
/* The page about a class, as a whole; contracts in report.h. */
#include "grading/auto/report.h"

#include <stdlib.h>
#include <string.h>

#define BINS	 10
#define PART_MAX (1u << 20)

void
html_text(struct text *t, const char *s)
{
	static const char *const escapes[] = { "<&lt;", ">&gt;", "&&amp;",
		"\"&quot;", "'&#39;" };

	for (; *s; s++) {
		size_t i = 0;

		while (i < 5 && escapes[i][0] != *s)
			i++;
		if (i < 5)
			text_addf(t, "%s", escapes[i] + 1);
		else
			text_add(t, s, 1);
	}
}

const json_t *
report_check(const json_t *result, size_t i)
{
	return json_array_get(json_object_get(result, "checks"), i);
}

bool
report_passed(const json_t *result, size_t i)
{
	return strcmp(result_text(report_check(result, i), "verdict"),
		       "passed") == 0;
}

static void
add_bar(struct text *t, size_t part, size_t whole)
{
	text_addf(t,
		"<td class=\"bar\"><span style=\"width:%.1f%%\"></span></td>",
		whole ? 100.0 * (double)part / (double)whole : 0);
}

/* -- The class as a whole -------------------------------------------------- */

static int
by_value(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static void
add_fact(struct text *t, const char *name, const char *fmt, double value)
{
	text_addf(t, "<div><dt>%s</dt><dd>", name);
	text_addf(t, strcmp(fmt, "1") == 0 ? "%.1f" : "%.0f", value);
	text_addf(t, "</dd></div>\n");
}

static void
add_facts(struct text *t, const struct lab *lab, const json_t *results)
{
	size_t n = json_array_size(results);
	unsigned *points = calloc(n + 1, sizeof(*points));
	unsigned full = 0, none = 0, late = 0, noted = 0;
	double sum = 0;

	if (!points)
		die("out of memory");
	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(results, i);

		points[i] = result_number(r, "points");
		sum += points[i];
		full += points[i] == lab_points(lab);
		none += points[i] == 0;
		late += result_number(r, "days_late") > 0;
		noted += json_array_size(json_object_get(r, "remarks")) > 0;
	}
	qsort(points, n, sizeof(*points), by_value);
	text_addf(t, "<dl class=\"facts\">\n");
	add_fact(t, "submissions", "0", (double)n);
	add_fact(t, "points to have", "0", lab_points(lab));
	add_fact(t, "mean", "1", n ? sum / (double)n : 0);
	add_fact(t, "lower quartile", "0", points[n / 4]);
	add_fact(t, "median", "0", points[n / 2]);
	add_fact(t, "upper quartile", "0", points[n * 3 / 4]);
	add_fact(t, "have all", "0", full);
	add_fact(t, "have none", "0", none);
	add_fact(t, "late", "0", late);
	add_fact(t, "with notes", "0", noted);
	text_addf(t, "</dl>\n");
	free(points);
}

/* How many have how much, in tenths of all points. */
static void
add_distribution(struct text *t, const json_t *results)
{
	unsigned bin[BINS + 1] = { 0 }, most = 0;
	size_t n = json_array_size(results);

	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(results, i);
		unsigned max = result_number(r, "max");

		bin[max ? result_number(r, "points") * BINS / max : 0]++;
	}
	for (unsigned b = 0; b <= BINS; b++)
		most = bin[b] > most ? bin[b] : most;
	text_addf(t,
		"<section id=\"distribution\"><h2>Distribution</h2>\n"
		"<table><thead><tr><th scope=\"col\">of all points</th>"
		"<th scope=\"col\">submissions</th><td></td></tr></thead>\n");
	for (unsigned b = 0; b <= BINS; b++) {
		text_addf(t, "<tr><th scope=\"row\">");
		if (b == BINS)
			text_addf(t, "all");
		else
			text_addf(t, "%u to %u %%", b * 10, b * 10 + 9);
		text_addf(t, "</th><td class=\"number\">%u</td>", bin[b]);
		add_bar(t, bin[b], most);
		text_addf(t, "</tr>\n");
	}
	text_addf(t, "</table></section>\n");
}

/* -- Where the class got stuck --------------------------------------------- */

/* What is the same for all who fail a check in the same way; to be freed. */
static char *
failure_of(const json_t *check)
{
	const char *why = result_text(check, "why");
	const char *seen = result_text(check, "seen");

	/* what the program said, unless it ended before its time */
	if (*seen && strncmp(seen, "nothing:", 8) != 0)
		return format("seen: %s", seen);
	return format("%.*s", (int)strcspn(why, "\n"), why);
}

/* The failure that most who lost the check have in common; to be freed. */
static char *
common_failure(const json_t *results, size_t k, unsigned *times)
{
	struct list all = { 0 };
	char *best;
	size_t at = 0;

	for (size_t i = 0; i < json_array_size(results); i++) {
		const json_t *r = json_array_get(results, i);
		char *failure = failure_of(report_check(r, k));

		if (!report_passed(r, k))
			list_add(&all, failure);
		free(failure);
	}
	*times = 0;
	for (size_t i = 0; i < all.n; i++) {
		unsigned same = 0;

		for (size_t j = i; j < all.n; j++)
			same += strcmp(all.at[i], all.at[j]) == 0;
		if (same > *times) {
			*times = same;
			at = i;
		}
	}
	best = format("%s", all.n ? all.at[at] : "");
	list_free(&all);
	return best;
}

/* Is the check the first that the student lost? */
static bool
stuck_at(const json_t *result, size_t k)
{
	for (size_t i = 0; i < k; i++)
		if (!report_passed(result, i))
			return false;
	return !report_passed(result, k);
}

static void
add_check(
	struct text *t, const struct lab *lab, const json_t *results, size_t k)
{
	size_t n = json_array_size(results), have = 0, stuck = 0;
	unsigned times;
	char *failure = common_failure(results, k, &times);

	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(results, i);

		have += report_passed(r, k);
		stuck += stuck_at(r, k);
	}
	text_addf(t, "<tr><th scope=\"row\">%s</th><td>", lab->check[k].name);
	html_text(t, lab->check[k].hole);
	text_addf(t,
		"</td><td class=\"number\">%u</td>"
		"<td class=\"number\">%zu</td>",
		lab->check[k].points, have);
	add_bar(t, have, n);
	text_addf(t, "<td class=\"number\">%zu</td><td class=\"why\">", stuck);
	if (times)
		text_addf(t, "%u of %zu: ", times, n - have);
	html_text(t, failure);
	text_addf(t, "</td></tr>\n");
	free(failure);
}

static void
add_checks(struct text *t, const struct lab *lab, const json_t *results)
{
	text_addf(t,
		"<section id=\"checks\"><h2>Where the class got stuck</h2>\n"
		"<p>&ldquo;First lost&rdquo;: for how many it is the first "
		"check that they have not.</p>\n<div class=\"wide\" "
		"tabindex=\"0\" role=\"region\" aria-label=\"Checks\">"
		"<table><thead><tr><th scope=\"col\">check</th>"
		"<th scope=\"col\">exercise</th><th scope=\"col\">points</th>"
		"<th scope=\"col\" colspan=\"2\">have it</th>"
		"<th scope=\"col\">first lost</th>"
		"<th scope=\"col\">most common failure</th></tr></thead>\n");
	for (size_t k = 0; k < lab->n_checks; k++)
		add_check(t, lab, results, k);
	text_addf(t, "</table></div></section>\n");
}

/* -- The page -------------------------------------------------------------- */

/* A part of the page that is a file of the tree. */
static void
add_file(struct text *t, const struct course *course, const char *path)
{
	char *full = format("%s/%s", course->root, path);
	char *part = file_read(full, NULL, PART_MAX);

	if (!part)
		die("%s: cannot read it", full);
	text_addf(t, "%s", part);
	free(part);
	free(full);
}

/* Nobody who hands in knows the seed.  (splitmix64, so that the page does not
 * tell it.) */
static uint64_t
nonce_of(const json_t *results)
{
	const char *seed = result_text(json_array_get(results, 0), "seed");
	uint64_t z = strtoull(seed, NULL, 10) + 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static void
add_head(struct text *t, const struct course *course, const struct lab *lab,
	unsigned long long nonce)
{
	text_addf(t,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-"
		"Policy\" content=\"default-src 'none'; style-src "
		"'unsafe-inline'; script-src 'nonce-%016llx'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<title>Lab %02u: ",
		nonce, lab->number);
	html_text(t, lab->title);
	text_addf(t, "</title>\n<style>\n");
	add_file(t, course, "grading/auto/report.css");
	text_addf(t,
		"</style>\n</head>\n<body>\n"
		"<a class=\"skip\" href=\"#students\">To the students</a>\n"
		"<header><h1>");
	html_text(t, course->name);
	text_addf(t, ", lab %02u: ", lab->number);
	html_text(t, lab->title);
	text_addf(t,
		"</h1>\n<nav aria-label=\"Parts of this page\">"
		"<a href=\"#distribution\">Distribution</a> "
		"<a href=\"#checks\">Where the class got stuck</a> "
		"<a href=\"#map\">Who has what</a> "
		"<a href=\"#students\">Students</a></nav></header>\n<main>\n");
}

void
report_write(const struct course *course, const struct lab *lab,
	const json_t *results, const char *path)
{
	unsigned long long nonce = nonce_of(results);
	struct text t = { 0 };

	add_head(&t, course, lab, nonce);
	add_facts(&t, lab, results);
	add_distribution(&t, results);
	add_checks(&t, lab, results);
	report_map(&t, lab, results);
	report_students(&t, lab, results);
	text_addf(&t, "</main>\n<script nonce=\"%016llx\">\n", nonce);
	add_file(&t, course, "grading/auto/report.js");
	text_addf(&t, "</script>\n</body>\n</html>\n");
	file_write(path, t.s, t.len);
	text_free(&t);
}
