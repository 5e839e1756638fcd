/* SPDX-License-Identifier: MIT */
/* The shell's trees, written out with all brackets, and its syntax errors. */
/* links: user/sh/parse.c user/sh/lex.c user/sh/arena.c user/lib/xmalloc.c */
#include "user/sh/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char text[4096];
static size_t used;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
put(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	used += (size_t)vsnprintf(
		text + used, sizeof(text) - used, format, args);
	va_end(args);
	assert_true(used < sizeof(text));
}

static void put_list(const struct node *list);

static void
put_command(const struct node *n)
{
	static const char *const kinds[] = { "<", ">", ">>", ">&" };

	if (n->kind == NODE_SUBSHELL || n->kind == NODE_GROUP) {
		put(n->kind == NODE_SUBSHELL ? "(" : "{");
		put_list(n->children);
		put(n->kind == NODE_SUBSHELL ? ")" : "}");
	}
	for (const struct word *w = n->assigns; w != NULL; w = w->next)
		put("[=%s]", w->text);
	for (const struct word *w = n->words; w != NULL; w = w->next)
		put("[%s]", w->text);
	for (const struct redir *r = n->redirs; r != NULL; r = r->next)
		put("[%d%s%s]", r->fd, kinds[r->kind], r->target);
}

static void
put_list(const struct node *list)
{
	static const char *const joins[] = { "", "&&", "||" };

	for (const struct node *a = list->children; a != NULL; a = a->next) {
		for (const struct node *p = a->children; p != NULL;
			p = p->next) {
			put("%s%s", joins[p->join], p->negate ? "!" : "");
			for (const struct node *c = p->children; c != NULL;
				c = c->next) {
				put_command(c);
				if (c->next != NULL)
					put("|");
			}
		}
		put(a->background ? "&" : ";");
	}
}

/* The trees of all lines, a newline behind each. */
static void
expect(const char *source, const char *want)
{
	struct arena arena = { NULL };
	enum parse_result result;
	struct parser p;
	struct node *line;

	used = 0;
	text[0] = 0;
	parse_init(&p, &arena, source);
	while ((result = parse_line(&p, &line)) == PARSE_LINE) {
		if (line != NULL)
			put_list(line);
		put("\n");
	}
	if (result == PARSE_ERROR)
		put("%u: %s%s", p.line, p.error,
			p.incomplete ? " (incomplete)" : "");
	arena_free(&arena);
	assert_string_equal(text, want);
}

static void
simple_commands(void **state)
{
	(void)state;
	expect("", "");
	expect("\n\n", "\n\n");
	expect("echo a 'b c'", "[echo][a]['b c'];\n");
	expect("a\nb\n", "[a];\n[b];\n");
	expect("a;b;", "[a];[b];\n");
	expect("# nothing", "");
}

static void
operators_bind_as_posix_says(void **state)
{
	(void)state;
	expect("a|b&&c||d", "[a]|[b]&&[c]||[d];\n");
	expect("a&b&", "[a]&[b]&\n");
	expect("a&&b&c", "[a]&&[b]&[c];\n");
	expect("! a | b && ! c", "![a]|[b]&&![c];\n");
	expect("! ! a", "[a];\n");
}

static void
operators_go_on_in_the_next_line(void **state)
{
	(void)state;
	expect("a &&\n\nb |\n c", "[a]&&[b]|[c];\n");
	expect("a\n&& b", "[a];\n2: syntax error: unexpected '&&'");
}

static void
escaped_newlines_join_lines(void **state)
{
	(void)state;
	expect("a \\\nb", "[a][b];\n");
	expect("$a\\\nb", "[$ab];\n");
	expect("\"$a\\\nb\"", "[\"$ab\"];\n");
	expect("'$a\\\nb'", "['$a\\\nb'];\n");
	expect("\"'\\\n'\"\\'\\\n", "[\"''\"\\'];\n");
}

static void
redirections(void **state)
{
	(void)state;
	expect("a <b >c 2>d >>e 2>&1 <&-",
		"[a][0<b][1>c][2>d][1>>e][2>&1][0>&-];\n");
	expect(">f", "[1>f];\n");
	expect("a 2>&1>f", "[a][2>&1][1>f];\n");
	expect("<a cmd >b x", "[cmd][x][0<a][1>b];\n");
	expect("(a) >f 2>&1", "([a];)[1>f][2>&1];\n");
}

static void
assignments_come_first(void **state)
{
	(void)state;
	expect("A=1 B='2 3' cmd C=4", "[=A=1][=B='2 3'][cmd][C=4];\n");
	expect("A=", "[=A=];\n");
	expect("1A=2", "[1A=2];\n");
	expect("'A'=2", "['A'=2];\n");
}

static void
brackets_group(void **state)
{
	(void)state;
	expect("(a; b) | { c; d; }", "([a];[b];)|{[c];[d];};\n");
	expect("((a))", "(([a];););\n");
	expect("(a\nb\n)", "([a];[b];);\n");
	expect("{ a; } && echo }", "{[a];}&&[echo][}];\n");
	expect("(a &)", "([a]&);\n");
}

static void
errors_name_the_line_and_the_token(void **state)
{
	(void)state;
	expect(";", "1: syntax error: unexpected ';'");
	expect("a;;b", "1: syntax error: unexpected ';'");
	expect("a\nb )", "[a];\n2: syntax error: unexpected ')'");
	expect("a; }", "1: syntax error: unexpected '}'");
	expect("a | ! b", "1: syntax error: unexpected '!'");
	expect("| a", "1: syntax error: unexpected '|'");
	expect("a > ; b", "1: syntax error: unexpected ';'");
	expect("a >\nb", "1: syntax error: unexpected end of line");
	expect("( )", "1: syntax error: unexpected ')'");
	expect("(a", "1: syntax error: the text ends too early (incomplete)");
	expect("a &&", "1: syntax error: the text ends too early (incomplete)");
	expect("echo 'x", "1: syntax error: unterminated ' quote (incomplete)");
	expect("(a))", "1: syntax error: unexpected ')'");
	expect("(a b", "1: syntax error: the text ends too early (incomplete)");
}

static void
brackets_nest_to_a_limit(void **state)
{
	char source[8000];

	(void)state;
	memset(source, '(', sizeof(source));
	source[sizeof(source) - 1] = 0;
	expect(source, "1: syntax error: brackets nested too deeply");
}

static void
lists_are_as_long_as_they_like(void **state)
{
	struct arena arena = { NULL };
	size_t n = 200000;
	char *source = malloc(n + 1);
	struct parser p;
	struct node *line;

	(void)state;
	source[n] = 0;
	for (int i = 0; i < 3; i++) {
		for (size_t k = 0; k < n; k += 2)
			memcpy(source + k, &"a;a|a&"[2 * i], 2);
		source[n - 1] = ';';
		parse_init(&p, &arena, source);
		assert_int_equal(parse_line(&p, &line), PARSE_LINE);
		arena_free(&arena);
	}
	free(source);
}

static void
jobs_keep_their_text(void **state)
{
	struct arena arena = { NULL };
	struct parser p;
	struct node *line;

	(void)state;
	parse_init(&p, &arena, "a  'b c' | d  & e");
	assert_int_equal(parse_line(&p, &line), PARSE_LINE);
	assert_string_equal(line->children->text, "a  'b c' | d");
	assert_string_equal(line->children->next->text, "e");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_commands),
		cmocka_unit_test(operators_bind_as_posix_says),
		cmocka_unit_test(operators_go_on_in_the_next_line),
		cmocka_unit_test(escaped_newlines_join_lines),
		cmocka_unit_test(redirections),
		cmocka_unit_test(assignments_come_first),
		cmocka_unit_test(brackets_group),
		cmocka_unit_test(errors_name_the_line_and_the_token),
		cmocka_unit_test(brackets_nest_to_a_limit),
		cmocka_unit_test(lists_are_as_long_as_they_like),
		cmocka_unit_test(jobs_keep_their_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
