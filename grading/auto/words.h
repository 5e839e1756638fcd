/* SPDX-License-Identifier: MIT */
/*
 * Numbers of drivers in words: which bits of an error code, a page-table
 * entry, a VMCB's field are set.  Pure.
 *
 * A driver says "error 6", and which of the manuals' 6 that is follows from
 * the word before it and from the line.
 */
#ifndef GRADING_AUTO_WORDS_H
#define GRADING_AUTO_WORDS_H

#include "grading/auto/util.h"

/* A word or a number of a line: letters, digits, - and _. */
struct token {
	const char *at;
	size_t len; /* 0: there is none */
};

/* The first token at or behind `at` in the line. */
struct token token_next(const char *at);

/* The two are the same text. */
bool token_is(const struct token *a, const struct token *b);

/* It is a number in some base: its letters are a to f, and it has a digit or
 * all 16 of them. */
bool token_is_number(const struct token *t);

/* " (ENOMEM)", " (-38, ENOSYS)": append which error a token is, if it is a
 * negated one (kernel/abi/errno.h, which are Linux's), but for -1. */
void error_say(const struct token *t, struct text *out);

/* Which bits, or what number: a row of words.c. */
struct meaning;

/*
 * The meaning of a value in a line, when `before` is the token before it
 * (len 0: none); NULL: it has none but itself.
 */
const struct meaning *meaning_find(
	const char *line, const struct token *before);

/* The token as a number, in the base that this meaning has in drivers (NULL:
 * hexadecimal); false: it is none. */
bool meaning_value(
	const struct meaning *m, const struct token *t, uint64_t *value);

/* "present, write": append the value in words; nothing if none fit. */
void meaning_say(const struct meaning *m, uint64_t value, struct text *t);

/* "write is missing, user is too much": append how a value differs from the
 * one that was expected, by bits; m may be NULL. */
void meaning_differs(const struct meaning *m, uint64_t expected, uint64_t seen,
	struct text *t);

#endif
