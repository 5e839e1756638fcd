/* SPDX-License-Identifier: MIT */
/*
 * What every part of the autograder needs: text, files, trees of files.
 *
 * An error that leaves nothing to go on with ends the program by die(): one
 * line that says what, where, and what to do.  Memory that cannot be had is
 * such an error.
 */
#ifndef GRADING_AUTO_UTIL_H
#define GRADING_AUTO_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn, cold));
/* The same for trouble of the machine that is no verdict on the submission
 * that is being graded, though on others there may be one: exit status
 * NO_VERDICT. */
void die_no_verdict(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn, cold));
#define NO_VERDICT 3
/* From now on such lines begin and end with these, too. */
void die_words(const char *before, const char *after);

/* A new text, to be freed. */
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A growing text; starts as { 0 }. */
struct text {
	char *s; /* NUL-terminated once something was added */
	size_t len;
};
void text_add(struct text *t, const char *s, size_t len);
void text_addf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

/*
 * The text as terminals, pages and tables can have it: UTF-8 without control
 * characters and what turns lines round; other bytes become \xNN.  To be
 * freed.  name: in one line, and no two texts become the same; otherwise
 * lines stay lines, and a tab is a blank.
 */
char *text_clean(const char *s, bool name);

/*
 * The file's bytes and a NUL behind them, to be freed; NULL with errno set:
 * it cannot be read, or is longer than max (EFBIG).
 */
char *file_read(const char *path, size_t *len, size_t max);

/* Write a file as a whole: under another name first, so that it is never
 * seen half written.  Makes the folders.  Dies when it cannot. */
void file_write(const char *path, const char *data, size_t len);

bool file_exists(const char *path);

/* Make the folder and those above it. */
void folder_make(const char *path);
/* Make the folder that the file lies in. */
void folder_of(const char *path);
/* Delete a tree; what is not there is no error. */
void tree_remove(const char *path);

/* A list of texts. */
struct list {
	char **at;
	size_t n;
};
void list_add(struct list *l, const char *s);
bool list_has(const struct list *l, const char *s);
void list_sort(struct list *l);
void list_free(struct list *l);
/* The text cut at white space. */
void list_split(struct list *l, const char *s);

/*
 * Run a program, found by PATH, and wait for it; in: its folder, or NULL.
 * Its exit status, or 128 + the signal.
 */
int run(const char *in, const char *const *argv);

/* The same; what it writes to standard output, to be freed.  Dies when it
 * fails. */
char *run_read(const char *in, const char *const *argv);

uint64_t clock_ms(void);

/* A whole number, decimal or 0x and hexadecimal, and nothing else; false: it
 * is none, or none of 64 bits. */
bool number_parse(const char *text, uint64_t *value);
/* The number that a user gave as the setting of that name; dies if it is none,
 * or not one of min to max. */
uint64_t setting_number(
	const char *name, const char *text, uint64_t min, uint64_t max);
/* The same for SEED; "" and 0 leave it open: 0. */
uint64_t seed_of(const char *text);

/* "2026-11-02 10:30", UTC, to seconds; NULL: it begins with no such date.
 * Otherwise what is behind it. */
const char *date_parse(const char *text, int64_t *seconds);

#endif
