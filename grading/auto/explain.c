/* SPDX-License-Identifier: MIT */
/* The first difference in words; contracts in explain.h. */
#include "grading/auto/explain.h"

#include "grading/auto/words.h"

#include <stdlib.h>
#include <string.h>

#define LINE_CUT 160 /* characters that are shown of a line */

/* Where the texts come to differ: the lines, in both. */
struct place {
	const char *expected, *seen; /* the lines that differ; "" at an end */
	const char *step; /* the line that begins the step, in expected */
	const char *seen_step;
	unsigned line, n_step, steps; /* from 1; steps in all */
};

static const char *
next(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

static int
shown(const char *line)
{
	size_t len = strcspn(line, "\n");

	return (int)(len < LINE_CUT ? len : LINE_CUT);
}

static bool
same_line(const char *a, const char *b)
{
	size_t len = strcspn(a, "\n");

	return strcspn(b, "\n") == len && strncmp(a, b, len) == 0 &&
		(*a != '\0') == (*b != '\0');
}

static bool
begins_step(const char *line)
{
	return *line && *line != ' ';
}

static struct place
place_find(const char *expected, const char *seen)
{
	struct place p = { expected, seen, expected, seen, 1, 0, 0 };

	for (const char *line = expected; *line; line = next(line))
		p.steps += begins_step(line);
	for (;;) {
		if (begins_step(p.expected)) {
			p.n_step++;
			p.step = p.expected;
			p.seen_step = p.seen;
		}
		if (!*p.expected || !*p.seen || !same_line(p.expected, p.seen))
			return p;
		p.expected = next(p.expected);
		p.seen = next(p.seen);
		p.line++;
	}
}

unsigned
explain_line(const char *expected, const char *seen)
{
	return place_find(expected, seen).line;
}

/* "rax becomes 5": the word that the value is of is before this one. */
static const struct token becomes = { "becomes", 7 };

/* -- One line against another ---------------------------------------------- */

/* The rest of the clause that begins with this token: "in time". */
static int
clause(const struct token *t)
{
	int len = (int)strcspn(t->at, ",:;\n");

	return len < LINE_CUT ? len : LINE_CUT;
}

/* A value with its words: "7 (present, write, user)", "-12 (ENOMEM)". */
static void
say_value(const struct meaning *m, const struct token *t, struct text *out)
{
	uint64_t value;
	size_t start;

	text_addf(out, "%.*s", (int)t->len, t->at);
	if (!m)
		error_say(t, out);
	if (!m || !meaning_value(m, t, &value))
		return;
	start = out->len;
	meaning_say(m, value, out);
	if (out->len > start) {
		char *words = format("%s", out->s + start);

		out->s[start] = '\0';
		out->len = start;
		text_addf(out, " (%s)", words);
		free(words);
	}
}

/* What can be put in words of the rest of a line: "error 5 (present, user)". */
static void
say_rest(
	const char *line, const char *from, const char *title, struct text *out)
{
	struct token before = { line, 0 }, t = token_next(line);
	bool first = true;

	for (; t.len; before = t, t = token_next(t.at + t.len)) {
		const struct meaning *m = meaning_find(line, &before);
		uint64_t value;

		if (t.at < from || !m || !meaning_value(m, &t, &value))
			continue;
		if (token_is(&before, &becomes))
			before.len = 0; /* the register was named */
		text_addf(out, "%s%.*s%s", first ? title : ", ",
			(int)before.len, before.at, before.len ? " " : "");
		say_value(m, &t, out);
		first = false;
	}
	if (!first)
		text_addf(out, "\n");
}

/* What the line has before the token that differs, without its last signs. */
static struct token
key_before(const char *line, const char *at)
{
	size_t len = (size_t)(at - line);

	while (len && strchr(" :,;=(", line[len - 1]))
		len--;
	return (struct token){ line, len };
}

/* The two tokens that differ, and what stands before them in both lines. */
static void
say_tokens(const char *line, const struct token *before, const struct token *e,
	const struct token *s, struct text *out)
{
	const struct meaning *m = meaning_find(line, before);
	uint64_t be, is;
	bool bits = m || token_is(before, &becomes);
	struct token key = *before;
	struct text how = { 0 };

	if (bits && meaning_value(m, e, &be) && meaning_value(m, s, &is))
		meaning_differs(m, be, is, &how);
	if (token_is(before, &becomes))
		key = token_next(line);
	else if (!m)
		key = key_before(line, e->at);
	if (key.len)
		text_addf(out, "%.*s: ", (int)key.len, key.at);
	if (!m && !(token_is_number(e) && token_is_number(s))) {
		text_addf(out, "expected %.*s, seen %.*s\n", clause(e), e->at,
			clause(s), s->at);
		text_free(&how);
		return;
	}
	if (m && how.len)
		text_addf(out, "%s\n", how.s);
	text_addf(out, "expected ");
	say_value(m, e, out);
	text_addf(out, m && how.len ? "\nseen " : ", seen ");
	say_value(m, s, out);
	text_addf(out, "%s%s\n", !m && how.len ? ": " : "",
		!m && how.len ? how.s : "");
	text_free(&how);
}

static const char *
without_spaces(const char *line)
{
	return line + strspn(line, " ");
}

static void
say_lines(const char *e_line, const char *s_line, struct text *out)
{
	struct token before = { e_line, 0 };
	struct token e = token_next(e_line), s = token_next(s_line);
	uint64_t value;

	while (e.len && token_is(&e, &s)) {
		before = e;
		e = token_next(e.at + e.len);
		s = token_next(s.at + s.len);
	}
	if (e.len && s.len)
		say_tokens(e_line, &before, &e, &s, out);
	/* a number is in words by now; behind a word there may be others */
	if (e.len && s.len && meaning_value(NULL, &e, &value) &&
		meaning_value(NULL, &s, &value))
		return;
	say_rest(e_line, e.at, "expected is ", out);
	say_rest(s_line, s.at, "seen is ", out);
}

/* -- Steps ----------------------------------------------------------------- */

/* Is there a line in the step that begins with the same word?  step: the line
 * that begins it. */
static bool
step_has(const char *step, const char *line)
{
	struct token word = token_next(line);

	if (!*step)
		return false;
	for (step = next(step); *step == ' '; step = next(step)) {
		struct token t = token_next(step);

		if (token_is(&t, &word))
			return true;
	}
	return false;
}

/* Lines of one step: one is missing, too much, or says something else. */
static void
say_details(const struct place *p, struct text *out)
{
	const char *e = without_spaces(p->expected);
	const char *s = without_spaces(p->seen);

	if (*p->expected == ' ' && !step_has(p->seen_step, p->expected)) {
		text_addf(out, "missing: %.*s\n", shown(e), e);
		say_rest(e, e, "that is ", out);
	} else if (*p->seen == ' ' && !step_has(p->step, p->seen)) {
		text_addf(out, "too much: %.*s\n", shown(s), s);
		say_rest(s, s, "that is ", out);
	} else {
		say_lines(e, s, out);
	}
}

char *
explain(const char *expected, const char *seen)
{
	struct place p = place_find(expected, seen);
	struct text out = { 0 };

	text_addf(&out, "step %u of %u", p.n_step, p.steps);
	if (p.expected != p.step)
		text_addf(&out, ": %.*s", shown(p.step), p.step);
	text_addf(&out, "\n");
	if (!*p.seen)
		text_addf(&out, "it ended before that\n");
	else if (!*p.expected)
		text_addf(&out, "nothing more was expected\n");
	else if (*p.expected == '@' && *p.seen != '@')
		text_addf(
			&out, "missing: %.*s\n", shown(p.expected), p.expected);
	else if (*p.expected == ' ' || *p.seen == ' ')
		say_details(&p, &out);
	else
		say_lines(p.expected, p.seen, &out);
	return out.s;
}
