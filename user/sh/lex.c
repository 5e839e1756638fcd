/* SPDX-License-Identifier: MIT */
#include "user/sh/lex.h"
#include "user/lib/string.h"

/* Starts on text, which must outlive the lexer and all tokens. */
void
lex_init(struct lexer *l, const char *text)
{
	*l = (struct lexer){ .at = text, .line = 1 };
}

static struct token
lex_error(struct lexer *l, const char *error, bool incomplete)
{
	struct token t = { .kind = TOKEN_ERROR, .text = l->at };

	l->error = error;
	l->incomplete = incomplete;
	return t;
}

/* The bytes that end a word unless they are quoted. */
static bool
ends_word(char c)
{
	return c == 0 || strchr(" \t\n|&;<>()", c) != NULL;
}

/*
 * The scan functions step over one quoted piece of a word that starts at p:
 * they return where it ends, or NULL with the lexer's error set.
 */
static const char *
scan_escape(struct lexer *l, const char *p)
{
	if (p[1] == '\n') {
		l->line++;
		l->continued = p[2] == 0;
	}
	return p[1] == 0 ? p + 1 : p + 2;
}

static const char *
scan_dollar(struct lexer *l, const char *p)
{
	if (p[0] == '`' || p[1] == '(') {
		lex_error(l, "command substitution is not supported", false);
		return NULL;
	}
	if (p[1] != '{')
		return p + 1;
	p += strcspn(p, "}\n");
	if (*p != '}') {
		lex_error(l, "${ without its }", false);
		return NULL;
	}
	return p + 1;
}

static const char *
scan_single(struct lexer *l, const char *p)
{
	for (p++; *p != '\''; p++) {
		if (*p == 0) {
			lex_error(l, "unterminated ' quote", true);
			return NULL;
		}
		if (*p == '\n')
			l->line++;
	}
	return p + 1;
}

static const char *
scan_double(struct lexer *l, const char *p)
{
	p++;
	while (p != NULL && *p != '"') {
		if (*p == 0) {
			lex_error(l, "unterminated \" quote", true);
			return NULL;
		}
		if (*p == '\n')
			l->line++;
		if (*p == '\\')
			p = scan_escape(l, p);
		else if (*p == '$' || *p == '`')
			p = scan_dollar(l, p);
		else
			p++;
	}
	return p == NULL ? NULL : p + 1;
}

/* Blanks, line continuations, and a comment up to its newline. */
static void
lex_skip(struct lexer *l)
{
	for (;;) {
		if (*l->at == ' ' || *l->at == '\t') {
			l->at++;
		} else if (l->at[0] == '\\' && l->at[1] == '\n') {
			l->at = scan_escape(l, l->at);
		} else {
			break;
		}
	}
	if (*l->at == '#')
		l->at += strcspn(l->at, "\n");
}

static struct token
lex_word(struct lexer *l)
{
	struct token t = { .kind = TOKEN_WORD, .text = l->at };
	unsigned line = l->line;
	const char *p = l->at;

	while (p != NULL && !ends_word(*p)) {
		switch (*p) {
		case '\\':
			p = scan_escape(l, p);
			break;
		case '\'':
			p = scan_single(l, p);
			break;
		case '"':
			p = scan_double(l, p);
			break;
		case '$':
		case '`':
			p = scan_dollar(l, p);
			break;
		default:
			p++;
		}
	}
	if (p == NULL) {
		l->line = line; /* the error is where the word starts */
		t.kind = TOKEN_ERROR;
		return t;
	}
	t.length = (size_t)(p - t.text);
	if ((*p == '<' || *p == '>') &&
		strspn(t.text, "0123456789") == t.length)
		t.kind = TOKEN_IO_NUMBER;
	l->at = p;
	return t;
}

/* Operators, longest first where one begins another. */
static const struct {
	const char *text;
	enum token_kind kind;
} operators[] = {
	{ "&&", TOKEN_AND_AND },
	{ "&", TOKEN_AMP },
	{ "||", TOKEN_OR_OR },
	{ "|", TOKEN_PIPE },
	{ ";", TOKEN_SEMI },
	{ "(", TOKEN_OPEN },
	{ ")", TOKEN_CLOSE },
	{ ">>", TOKEN_DGREAT },
	{ ">&", TOKEN_GREATAND },
	{ ">", TOKEN_GREAT },
	{ "<&", TOKEN_LESSAND },
	{ "<", TOKEN_LESS },
	{ "\n", TOKEN_NEWLINE },
};

/*
 * The next token.  After TOKEN_END or TOKEN_ERROR the lexer is at its end:
 * further calls return the same.
 */
struct token
lex_next(struct lexer *l)
{
	struct token t = { .kind = TOKEN_END };

	lex_skip(l);
	t.text = l->at;
	if (*l->at == 0)
		return t;
	if (strncmp(l->at, "<<", 2) == 0)
		return lex_error(l, "here-documents are not supported", false);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		t.length = strlen(operators[i].text);
		if (strncmp(l->at, operators[i].text, t.length) != 0)
			continue;
		t.kind = operators[i].kind;
		l->at += t.length;
		if (t.kind == TOKEN_NEWLINE)
			l->line++;
		return t;
	}
	return lex_word(l);
}
