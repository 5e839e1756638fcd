/* SPDX-License-Identifier: MIT */
/*
 * Text into tokens, as POSIX's shell language says (XCU 2.3): operators, words
 * with their quotes still in place, newlines.  Left out on purpose: command
 * substitution and here-documents, which are refused with an error.
 */
#ifndef USER_SH_LEX_H
#define USER_SH_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,   /* of the text */
	TOKEN_ERROR, /* lexer.error says what */
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_IO_NUMBER, /* digits directly before < or > */
	TOKEN_PIPE,	 /* | */
	TOKEN_OR_OR,	 /* || */
	TOKEN_AMP,	 /* & */
	TOKEN_AND_AND,	 /* && */
	TOKEN_SEMI,	 /* ; */
	TOKEN_OPEN,	 /* ( */
	TOKEN_CLOSE,	 /* ) */
	TOKEN_LESS,	 /* < */
	TOKEN_GREAT,	 /* > */
	TOKEN_DGREAT,	 /* >> */
	TOKEN_LESSAND,	 /* <& */
	TOKEN_GREATAND,	 /* >& */
};

struct token {
	enum token_kind kind;
	const char *text; /* in the lexer's text, not terminated */
	size_t length;
};

struct lexer {
	const char *at;	   /* the next byte; the text ends with a NUL */
	unsigned line;	   /* of it, counted from 1 */
	const char *error; /* why the last token was TOKEN_ERROR */
	bool incomplete;   /* more text could mend that error */
	bool continued;	   /* the text ends with an escaped newline */
};

void lex_init(struct lexer *l, const char *text);
struct token lex_next(struct lexer *l);

#endif
