/* SPDX-License-Identifier: MIT */
/*
 * The line editor: bytes of a terminal in, bytes for it out, and now and then
 * a line.  It knows no system call.  The terminal must have 80 columns or more
 * and obey ESC [ K and ESC [ n C; longer lines scroll sideways.
 *
 *   left right ^B ^F    move         ^A ^E home end   to start, end
 *   backspace ^H ^D del erase        ^U ^K ^W         erase to start, end, word
 *   up down ^P ^N       history      TAB              complete
 *   ^L                  clear        ^C               give the line up
 *
 * A character is a byte here: those of UTF-8 are passed on, but the cursor
 * counts their bytes.
 */
#ifndef USER_SH_EDIT_H
#define USER_SH_EDIT_H

#include "user/sh/expand.h"
#include <stdbool.h>
#include <stddef.h>

#define EDIT_LINE_MAX	 2048 /* bytes of a line, the NUL included */
#define EDIT_HISTORY_MAX 64   /* lines */
#define EDIT_COLUMNS	 80

enum edit_event {
	EDIT_NOTHING, /* go on */
	EDIT_LINE,    /* edit.line is complete, without a newline */
	EDIT_CANCEL,  /* ^C: the line is to be forgotten */
	EDIT_EOF,     /* ^D on an empty line */
};

struct edit {
	/* Sends bytes to the terminal. */
	void (*put)(struct edit *e, const char *bytes, size_t n);
	/*
	 * Appends what the word could become; command: it is the first word of
	 * a command.  May be NULL.
	 */
	void (*complete)(struct edit *e, const char *word, bool command,
		struct fields *to, struct arena *arena);

	const char *prompt;
	char line[EDIT_LINE_MAX];
	size_t length, cursor;
	size_t scroll;	    /* the first byte of the line that is shown */
	unsigned escape;    /* of an escape sequence: what has come so far */
	unsigned parameter; /* its number */
	bool was_return;    /* the last byte was \r: a \n belongs to it */

	char *history[EDIT_HISTORY_MAX]; /* oldest first */
	size_t history_n;
	size_t history_at;	     /* shown now; history_n: the new line */
	char pending[EDIT_LINE_MAX]; /* the new line, while history is shown */
};

void edit_begin(struct edit *e, const char *prompt);
enum edit_event edit_byte(struct edit *e, unsigned char byte);
void edit_remember(struct edit *e, const char *line);
void edit_fini(struct edit *e);

#endif
