/* SPDX-License-Identifier: MIT */
/* Finding and replacing the bodies of functions; contracts in cut.h. */
#include "grading/auto/cut.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static char *
copy_of(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		abort();
	return copy;
}

/* -- What is code ---------------------------------------------------------- */

/* Blank n characters, but for the ends of lines; returns what follows. */
static char *
blank(char *at, size_t n)
{
	for (; n > 0 && *at; n--, at++)
		if (*at != '\n')
			*at = ' ';
	return at;
}

/* The length of a string or character that begins here.  One that its line
 * leaves open ends there: it is no C, but somebody's half a line. */
static size_t
quoted_length(const char *at)
{
	size_t n = 1;

	while (at[n] && at[n] != '\n' && at[n] != at[0])
		n += at[n] == '\\' && at[n + 1] ? 2 : 1;
	return n + (at[n] == at[0]);
}

/* The length of what goes to the end of the line, and on behind a backslash:
 * a comment, a line of the preprocessor. */
static size_t
line_length(const char *at)
{
	size_t n = 0;

	while (at[n] && at[n] != '\n')
		n += at[n] == '\\' && at[n + 1] ? 2 : 1;
	return n;
}

static size_t
comment_length(const char *at)
{
	const char *end = strstr(at + 2, "*/");

	return end ? (size_t)(end - at) + 2 : strlen(at);
}

/* The text, as long as it was, with nothing left but code; to be freed. */
static char *
code_of(const char *text)
{
	char *code = copy_of(text), *at = code;
	bool line_begins = true;

	while (*at) {
		size_t n = 0;

		if (at[0] == '/' && at[1] == '*')
			n = comment_length(at);
		else if (at[0] == '/' && at[1] == '/')
			n = line_length(at);
		else if (at[0] == '#' && line_begins)
			n = line_length(at);
		else if (at[0] == '"' || at[0] == '\'')
			n = quoted_length(at);
		if (*at == '\n')
			line_begins = true;
		else if (n == 0 && *at != ' ' && *at != '\t')
			line_begins = false;
		at = n ? blank(at, n) : at + 1;
	}
	return code;
}

/* A text, and what of it is code. */
struct source {
	const char *text, *code;
};

/* -- Lines of code --------------------------------------------------------- */

/* The next line's start; the text's end if there is none. */
static const char *
line_next(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* The last character of the line that is no space; '\0': there is none. */
static char
line_last(const char *line)
{
	char last = '\0';

	for (; *line && *line != '\n'; line++)
		if (*line != ' ' && *line != '\t')
			last = *line;
	return last;
}

/* The line is that brace and nothing else, not even a comment: one that goes
 * on would belong to the body and to what is around it. */
static bool
line_is(const struct source *s, const char *line, char brace)
{
	const char *real = s->text + (line - s->code);

	return line[0] == brace && (real[1] == '\n' || real[1] == '\0');
}

/*
 * The line of the opening brace, if a definition begins at `line`; NULL: a
 * declaration, or something else.
 */
static const char *
body_open(const struct source *s, const char *line)
{
	for (; *line; line = line_next(line)) {
		if (line_is(s, line, '{'))
			return line;
		if (line_last(line) == ';' || *line == '\n' || *line == '}')
			return NULL;
	}
	return NULL;
}

/* The line of the brace that closes the body, whose first line is given;
 * NULL: there is none at column 0, or braces before it are not paired. */
static const char *
body_close(const struct source *s, const char *line)
{
	unsigned depth = 0;

	for (; *line; line = line_next(line)) {
		if (line_is(s, line, '}'))
			return depth == 0 ? line : NULL;
		for (const char *c = line; *c && *c != '\n'; c++) {
			if (*c == '}' && depth == 0)
				return NULL;
			depth += (unsigned)(*c == '{') - (*c == '}');
		}
	}
	return NULL;
}

static enum cut_result
source_find(const struct source *s, const char *function, struct cut *c)
{
	enum cut_result result = CUT_MISSING;
	size_t len = strlen(function);

	for (const char *line = s->code; *line; line = line_next(line)) {
		const char *open, *close;

		if (strncmp(line, function, len) != 0 || line[len] != '(')
			continue;
		open = body_open(s, line);
		if (!open)
			continue;
		if (result != CUT_MISSING)
			return CUT_TWICE;
		open = line_next(open);
		close = body_close(s, open);
		if (!close)
			return CUT_UNEVEN;
		c->start = (size_t)(open - s->code);
		c->end = (size_t)(close - s->code);
		result = CUT_OK;
	}
	return result;
}

enum cut_result
cut_find(const char *text, const char *function, struct cut *c)
{
	char *code = code_of(text);
	const struct source s = { text, code };
	enum cut_result result = source_find(&s, function, c);

	free(code);
	return result;
}

char *
cut_replace(const char *text, const struct cut *c, const char *body)
{
	size_t len = strlen(text), mid = strlen(body);
	char *out = malloc(len + mid + 1);

	if (!out)
		abort();
	memcpy(out, text, c->start);
	memcpy(out + c->start, body, mid);
	memcpy(out + c->start + mid, text + c->end, len - c->end + 1);
	return out;
}
