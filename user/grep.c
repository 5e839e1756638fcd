/* SPDX-License-Identifier: MIT */
/*
 * grep [-vcniF] pattern [file...]: the lines that match.
 *
 * In a pattern ^ and $ are the ends of the line, . is any character, and *
 * any number of the one before it; \ takes a character's meaning away.  The
 * only thing to go back to is the last *, so no pattern takes long.
 *
 *   -v the others   -c how many   -n with numbers   -i any case   -F plain text
 */
#include "user/lib/libc.h"
#include <stdbool.h>

static bool invert, count_only, numbers, any_case, plain;

static char
fold(char c)
{
	return any_case && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* One character of the pattern: how long it is written. */
static size_t
atom_length(const char *p)
{
	return p[0] == '\\' && p[1] != 0 && !plain ? 2 : 1;
}

static bool
atom_match(const char *p, char c)
{
	if (*p == '.' && !plain)
		return true;
	return fold(p[atom_length(p) - 1]) == fold(c);
}

/* Does the pattern match at the start of s?  The line ends at end. */
static bool
match_here(const char *p, const char *s, const char *end)
{
	const char *star = NULL, *star_s = NULL;

	for (;;) {
		size_t n = *p != 0 ? atom_length(p) : 0;

		if (n == 0 || (!plain && p[0] == '$' && p[1] == 0 && s == end))
			return true;
		if (!plain && p[n] == '*') {
			star = p;
			star_s = s;
			p += n + 1;
		} else if (s < end && atom_match(p, *s) &&
			(plain || p[0] != '$' || p[1] != 0)) {
			p += n;
			s++;
		} else if (star != NULL && star_s < end &&
			atom_match(star, *star_s)) {
			s = ++star_s;
			p = star + atom_length(star) + 1;
		} else {
			return false;
		}
	}
}

static bool
match_line(const char *p, const char *s, const char *end)
{
	if (*p == '^' && !plain)
		return match_here(p + 1, s, end);
	for (;; s++) {
		if (match_here(p, s, end))
			return true;
		if (s == end)
			return false;
	}
}

/* Returns how many lines were selected, or -1. */
static long
grep_file(const char *pattern, int fd, const char *name, bool named)
{
	struct reader r;
	long n, number = 0, selected = 0;
	char *line;

	reader_init(&r, fd);
	while ((n = reader_line(&r, &line)) > 0) {
		const char *end = line + n - (line[n - 1] == '\n');

		number++;
		if (match_line(pattern, line, end) == invert)
			continue;
		selected++;
		if (count_only)
			continue;
		if (named)
			printf("%s:", name);
		if (numbers)
			printf("%ld:", number);
		stdout_write(line, (size_t)(end - line));
		putchar('\n');
	}
	if (n < 0)
		warn("%s", name);
	else if (count_only)
		printf("%s%s%ld\n", named ? name : "", named ? ":" : "",
			selected);
	reader_fini(&r);
	return n < 0 ? -1 : selected;
}

static void
options_parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "vcniF")) != -1) {
		invert |= option == 'v';
		count_only |= option == 'c';
		numbers |= option == 'n';
		any_case |= option == 'i';
		plain |= option == 'F';
		if (option == '?')
			optind = argc;
	}
	if (optind >= argc)
		errx(2, "usage: grep [-vcniF] pattern [file...]");
}

/* Status: 0 if a line was selected, 1 if none was, 2 after an error. */
int
main(int argc, char **argv)
{
	bool failed = false, found = false;
	const char *pattern;

	options_parse(argc, argv);
	pattern = argv[optind++];
	if (optind == argc) {
		long n = grep_file(pattern, 0, "standard input", false);

		return n < 0 ? 2 : n == 0;
	}
	for (int i = optind; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY);
		long n = -1;

		if (fd < 0)
			warn("%s", argv[i]);
		else
			n = grep_file(pattern, fd, argv[i], argc - optind > 1);
		if (fd >= 0)
			close(fd);
		failed |= n < 0;
		found |= n > 0;
	}
	return failed ? 2 : !found;
}
