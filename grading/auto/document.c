/* SPDX-License-Identifier: MIT */
/* Documents without what is not there; contracts in document.h. */
#include "grading/auto/document.h"

#include <stdlib.h>
#include <string.h>

bool
document_is(const char *path)
{
	size_t len = strlen(path);

	return len > 3 && strcmp(path + len - 3, ".md") == 0;
}

/* The link's target, from the root of the tree; to be freed. */
static char *
link_target(const char *document, const char *link, size_t len)
{
	const char *slash = strrchr(document, '/');
	char *path = format("%.*s%.*s", slash ? (int)(slash + 1 - document) : 0,
		document, (int)len, link);
	char *up;

	path[strcspn(path, "#")] = '\0';
	while ((up = strstr(path, "../"))) {
		char *from = up > path ? up - 1 : path;

		while (from > path && from[-1] != '/')
			from--;
		memmove(from, up + 3, strlen(up + 3) + 1);
	}
	return path;
}

/* Does it name a file, or a folder of files, that the lab's tree is without? */
static bool
is_absent(const struct course *c, const struct lab *lab,
	const struct list *tree, const char *path)
{
	size_t len = strlen(path);
	bool named = false;

	for (size_t i = 0; len > 0 && i < tree->n; i++) {
		const char *file = tree->at[i];

		if (path[len - 1] == '/' ? strncmp(file, path, len) != 0
					 : strcmp(file, path) != 0)
			continue;
		if (course_replaces(c, file) ||
			course_owner(c, file) <= lab->number)
			return false;
		named = true;
	}
	return named;
}

struct row {
	const char *at;
	size_t len;
};

/* Does the row name something that is absent, in `code` or as a link? */
static bool
row_is_left_out(const struct course *c, const struct lab *lab,
	const struct list *tree, const char *document, struct row row)
{
	const char *end = row.at + row.len;
	bool absent = false;

	for (const char *p = row.at; p < end && !absent; p++) {
		char *path;
		size_t len;

		if (*p == '`') {
			len = strcspn(p + 1, "`\n");
			path = format("%.*s", (int)len, p + 1);
		} else if (p[0] == ']' && p[1] == '(') {
			len = strcspn(p + 2, ")\n");
			path = link_target(document, p + 2, len);
			len++;
		} else {
			continue;
		}
		absent = is_absent(c, lab, tree, path);
		free(path);
		p += len + 1;
	}
	return absent;
}

static bool
is_rule(struct row row)
{
	return strncmp(row.at, "| ---", 5) == 0;
}

/* Add one section of the document, which ends at `end`. */
static void
section_add(const struct course *c, const struct lab *lab,
	const struct list *tree, const char *document, const char *text,
	const char *end, struct text *out)
{
	size_t start = out->len, kept = 0, gone = 0;
	bool in_table = false;

	while (text < end) {
		struct row row = { text, strcspn(text, "\n") };

		text += row.len + (text[row.len] == '\n');
		if (*row.at != '|')
			in_table = false;
		else if (in_table &&
			row_is_left_out(c, lab, tree, document, row)) {
			gone++;
			continue;
		}
		kept += in_table;
		in_table = in_table || is_rule(row);
		text_add(out, row.at, (size_t)(text - row.at));
	}
	if (gone > 0 && kept == 0) {
		out->len = start;
		out->s[start] = '\0';
	}
}

char *
document_for(const struct course *c, const struct lab *lab,
	const struct list *tree, const char *path, const char *text)
{
	struct text out = { 0 };

	text_add(&out, "", 0);
	while (*text) {
		const char *next = strstr(text, "\n## ");

		next = next ? next + 1 : text + strlen(text);
		section_add(c, lab, tree, path, text, next, &out);
		text = next;
	}
	return out.s;
}
