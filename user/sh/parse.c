/* SPDX-License-Identifier: MIT */
#include "user/sh/parse.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/string.h"

/* Remembers the first error only: what follows one is noise. */
static void
parse_fail(struct parser *p, const char *error, bool incomplete)
{
	if (p->failed)
		return;
	p->failed = true;
	p->incomplete = incomplete;
	p->line = p->lexer.line - (p->token.kind == TOKEN_NEWLINE);
	snprintf(p->error, sizeof(p->error), "syntax error: %s", error);
}

/* The token looked at fits nowhere. */
static void
parse_unexpected(struct parser *p)
{
	char error[80];
	int shown = p->token.length > 40 ? 40 : (int)p->token.length;

	if (p->token.kind == TOKEN_ERROR)
		parse_fail(p, p->lexer.error, p->lexer.incomplete);
	else if (p->token.kind == TOKEN_END)
		parse_fail(p, "the text ends too early", true);
	else if (p->token.kind == TOKEN_NEWLINE)
		parse_fail(p, "unexpected end of line", false);
	else {
		snprintf(error, sizeof(error), "unexpected '%.*s'", shown,
			p->token.text);
		parse_fail(p, error, false);
	}
}

static void
parse_advance(struct parser *p)
{
	p->token = lex_next(&p->lexer);
}

/* Is the token looked at this unquoted word? */
static bool
parse_at_word(const struct parser *p, const char *word)
{
	return p->token.kind == TOKEN_WORD && strlen(word) == p->token.length &&
		strncmp(p->token.text, word, p->token.length) == 0;
}

static void
parse_newlines(struct parser *p)
{
	while (p->token.kind == TOKEN_NEWLINE)
		parse_advance(p);
}

static struct node *
node_new(struct parser *p, enum node_kind kind)
{
	struct node *n = arena_alloc(p->arena, sizeof(*n));

	n->kind = kind;
	return n;
}

/* A word's text without its escaped newlines, which join lines. */
static const char *
word_join(struct arena *arena, const char *text, size_t n)
{
	char *joined = arena_alloc(arena, n + 1), *to = joined;
	char quote = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\\' && quote != '\'' && i + 1 < n) {
			if (text[++i] == '\n')
				continue;
			*to++ = '\\';
		} else if (text[i] == quote) {
			quote = 0;
		} else if (quote == 0 && (text[i] == '\'' || text[i] == '"')) {
			quote = text[i];
		}
		*to++ = text[i];
	}
	return joined;
}

/* Takes the word looked at. */
static const char *
parse_word(struct parser *p)
{
	const char *text;

	/* In 2>&1>f the 1 is a word, whatever stands behind it. */
	if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_IO_NUMBER) {
		parse_unexpected(p);
		return "";
	}
	text = word_join(p->arena, p->token.text, p->token.length);
	parse_advance(p);
	return text;
}

static bool
redir_kind_of(enum token_kind token, enum redir_kind *kind)
{
	switch (token) {
	case TOKEN_LESS:
		*kind = REDIR_READ;
		return true;
	case TOKEN_GREAT:
		*kind = REDIR_WRITE;
		return true;
	case TOKEN_DGREAT:
		*kind = REDIR_APPEND;
		return true;
	case TOKEN_LESSAND:
	case TOKEN_GREATAND:
		*kind = REDIR_DUP;
		return true;
	default:
		return false;
	}
}

/* Appends a redirection to *link and returns the new end; NULL: there is none.
 */
static struct redir **
parse_redir(struct parser *p, struct redir **link)
{
	enum redir_kind kind;
	struct redir *r;
	long fd = -1;

	if (p->token.kind == TOKEN_IO_NUMBER) {
		fd = p->token.length > 4 ? 9999
					 : strtol(p->token.text, NULL, 10);
		parse_advance(p);
	}
	if (!redir_kind_of(p->token.kind, &kind))
		return NULL;
	r = arena_alloc(p->arena, sizeof(*r));
	r->kind = kind;
	r->fd = fd >= 0 ? (int)fd
			: !(p->token.kind == TOKEN_LESS ||
				  p->token.kind == TOKEN_LESSAND);
	parse_advance(p);
	r->target = parse_word(p);
	*link = r;
	return &r->next;
}

/* Does text begin with NAME= ? */
static bool
is_assignment(const char *text)
{
	const char *s = text;

	while (*s == '_' || (*s >= 'a' && *s <= 'z') ||
		(*s >= 'A' && *s <= 'Z') ||
		(s > text && *s >= '0' && *s <= '9'))
		s++;
	return s > text && *s == '=';
}

static struct node *
parse_simple(struct parser *p)
{
	struct node *n = node_new(p, NODE_COMMAND);
	struct word **assigns = &n->assigns, **words = &n->words;
	struct redir **redirs = &n->redirs, **next;

	while (!p->failed) {
		struct word *w;

		next = parse_redir(p, redirs);
		if (next != NULL) {
			redirs = next;
			continue;
		}
		if (p->token.kind != TOKEN_WORD ||
			(n->words == NULL &&
				(parse_at_word(p, "}") ||
					parse_at_word(p, "!"))))
			break;
		w = arena_alloc(p->arena, sizeof(*w));
		w->text = parse_word(p);
		if (n->words == NULL && is_assignment(w->text)) {
			*assigns = w;
			assigns = &w->next;
		} else {
			*words = w;
			words = &w->next;
		}
	}
	if (n->assigns == NULL && n->words == NULL && n->redirs == NULL)
		parse_unexpected(p);
	return n;
}

static struct node *parse_list(struct parser *p, bool newlines);

/* ( body ) or { body }, and the redirections behind it. */
static struct node *
parse_brackets(struct parser *p, enum node_kind kind)
{
	struct node *n = node_new(p, kind);
	struct redir **redirs = &n->redirs;

	if (++p->depth > PARSE_DEPTH_MAX)
		parse_fail(p, "brackets nested too deeply", false);
	parse_advance(p);
	n->children = parse_list(p, true);
	if (kind == NODE_SUBSHELL ? p->token.kind != TOKEN_CLOSE
				  : !parse_at_word(p, "}"))
		parse_unexpected(p);
	parse_advance(p);
	p->depth--;
	while (!p->failed && redirs != NULL)
		redirs = parse_redir(p, redirs);
	return n;
}

static struct node *
parse_command(struct parser *p)
{
	if (p->token.kind == TOKEN_OPEN)
		return parse_brackets(p, NODE_SUBSHELL);
	if (parse_at_word(p, "{"))
		return parse_brackets(p, NODE_GROUP);
	return parse_simple(p);
}

static struct node *
parse_pipeline(struct parser *p)
{
	struct node *n = node_new(p, NODE_PIPELINE);
	struct node **link = &n->children;

	while (parse_at_word(p, "!")) {
		n->negate = !n->negate;
		parse_advance(p);
	}
	for (;;) {
		*link = parse_command(p);
		link = &(*link)->next;
		if (p->failed || p->token.kind != TOKEN_PIPE)
			return n;
		parse_advance(p);
		parse_newlines(p);
	}
}

static struct node *
parse_andor(struct parser *p)
{
	struct node *n = node_new(p, NODE_ANDOR);
	struct node **link = &n->children;
	const char *start = p->token.text, *end;
	enum node_join join = JOIN_ALWAYS;

	for (;;) {
		*link = parse_pipeline(p);
		(*link)->join = join;
		link = &(*link)->next;
		if (p->failed)
			return n;
		if (p->token.kind == TOKEN_AND_AND)
			join = JOIN_AND;
		else if (p->token.kind == TOKEN_OR_OR)
			join = JOIN_OR;
		else
			break;
		parse_advance(p);
		parse_newlines(p);
	}
	end = p->token.text;
	while (end > start && strchr(" \t\n", end[-1]) != NULL)
		end--;
	n->text = arena_strndup(p->arena, start, (size_t)(end - start));
	return n;
}

/* Where a list ends: at the end of the line or at its closing bracket. */
static bool
parse_at_list_end(const struct parser *p)
{
	return p->token.kind == TOKEN_END || p->token.kind == TOKEN_NEWLINE ||
		(p->depth > 0 &&
			(p->token.kind == TOKEN_CLOSE ||
				parse_at_word(p, "}")));
}

static struct node *
parse_list(struct parser *p, bool newlines)
{
	struct node *n = node_new(p, NODE_LIST);
	struct node **link = &n->children;

	if (newlines)
		parse_newlines(p);
	do {
		*link = parse_andor(p);
		if (p->token.kind == TOKEN_AMP || p->token.kind == TOKEN_SEMI) {
			(*link)->background = p->token.kind == TOKEN_AMP;
			parse_advance(p);
		} else if (!newlines || p->token.kind != TOKEN_NEWLINE) {
			break;
		}
		if (newlines)
			parse_newlines(p);
		link = &(*link)->next;
	} while (!p->failed && !parse_at_list_end(p));
	return n;
}

/* Starts on text, which must outlive the parser; the trees live in arena. */
void
parse_init(struct parser *p, struct arena *arena, const char *text)
{
	*p = (struct parser){ .arena = arena };
	lex_init(&p->lexer, text);
}

/*
 * Parses one line, or the several lines that one command spreads over.  An
 * error ends the parsing for good; p->error and p->line tell it.
 */
enum parse_result
parse_line(struct parser *p, struct node **line)
{
	*line = NULL;
	if (p->failed)
		return PARSE_ERROR;
	parse_advance(p);
	if (p->token.kind == TOKEN_END)
		return PARSE_END;
	if (p->token.kind == TOKEN_NEWLINE)
		return PARSE_LINE;
	*line = parse_list(p, false);
	if (p->token.kind != TOKEN_NEWLINE && p->token.kind != TOKEN_END)
		parse_unexpected(p);
	return p->failed ? PARSE_ERROR : PARSE_LINE;
}
