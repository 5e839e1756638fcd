/* SPDX-License-Identifier: MIT */
/*
 * Tokens into a tree, by recursive descent over this grammar (XCU 2.10):
 *
 *   line     = [list] (newline | end)
 *   list     = andor {(";" | "&") andor} [";" | "&"]
 *   andor    = pipeline {("&&" | "||") {newline} pipeline}
 *   pipeline = ["!"] command {"|" {newline} command}
 *   command  = "(" body ")" {redir} | "{" body "}" {redir} | simple
 *   body     = list, with newlines as good as ";"
 *   simple   = {redir | NAME=value} {redir | word}, at least one of them
 *   redir    = [number] ("<" | ">" | ">>" | "<&" | ">&") word
 *
 * One line is parsed at a time, and run before the next one is looked at.
 * Lists are chains of siblings, so that only brackets nest, and those to a
 * limit: no text can exhaust the stack.  Left out on purpose: if, while, for,
 * case and functions.
 */
#ifndef USER_SH_PARSE_H
#define USER_SH_PARSE_H

#include "user/sh/arena.h"
#include "user/sh/lex.h"
#include <stdbool.h>

#define PARSE_DEPTH_MAX 32 /* brackets in brackets */

struct word {
	struct word *next;
	const char *text; /* with its quotes and its $ */
};

enum redir_kind {
	REDIR_READ,
	REDIR_WRITE,
	REDIR_APPEND,
	REDIR_DUP
};

struct redir {
	struct redir *next;
	enum redir_kind kind;
	int fd;		    /* the descriptor that changes */
	const char *target; /* a word; of REDIR_DUP: a number or "-" */
};

enum node_kind {
	NODE_LIST,     /* children: NODE_ANDOR */
	NODE_ANDOR,    /* children: NODE_PIPELINE */
	NODE_PIPELINE, /* children: the three kinds below */
	NODE_COMMAND,  /* assigns, words, redirs */
	NODE_SUBSHELL, /* one child: NODE_LIST; redirs */
	NODE_GROUP,    /* the same, run by this shell */
};

enum node_join {
	JOIN_ALWAYS,
	JOIN_AND,
	JOIN_OR
};

struct node {
	enum node_kind kind;
	struct node *next; /* sibling */
	struct node *children;
	enum node_join join;	      /* in NODE_ANDOR: when this child runs */
	bool negate;		      /* NODE_PIPELINE: began with ! */
	bool background;	      /* NODE_ANDOR: ended with & */
	struct word *assigns, *words; /* NODE_COMMAND */
	struct redir *redirs;
	const char *text; /* NODE_ANDOR: its source, for lists of jobs */
};

struct parser {
	struct lexer lexer;
	struct token token; /* the one looked at */
	struct arena *arena;
	int depth; /* of open brackets */
	bool failed;
	bool incomplete; /* more text could mend the error */
	unsigned line;	 /* of the error */
	char error[96];	 /* one line, without newline */
};

enum parse_result {
	PARSE_LINE,  /* *line is a NODE_LIST, or NULL for an empty line */
	PARSE_END,   /* nothing is left */
	PARSE_ERROR, /* parser.error; nothing more can be parsed */
};

void parse_init(struct parser *p, struct arena *arena, const char *text);
enum parse_result parse_line(struct parser *p, struct node **line);

#endif
