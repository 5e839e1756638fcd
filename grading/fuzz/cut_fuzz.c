/* SPDX-License-Identifier: MIT */
/*
 * The cutter against any text: what it calls a body lies inside, putting the
 * same body back changes nothing, and an exercise cut out is found again in
 * the same place, which is how the handout and the proof of it come together.
 */
/* links: grading/auto/cut.c */
#include "grading/auto/cut.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXERCISE "\tlab_todo(\"00 f\");\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "cut_fuzz: broken promise: %s\n", what);
	abort();
}

static char *
slice(const char *from, size_t len)
{
	char *text = malloc(len + 1);

	if (!text)
		abort();
	memcpy(text, from, len);
	text[len] = '\0';
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = slice((const char *)data, size), *body, *out;
	struct cut c, again;

	if (cut_find(text, "f", &c) == CUT_OK) {
		check(c.start <= c.end && c.end < strlen(text), "inside");
		check(text[c.start - 1] == '\n' && text[c.end] == '}',
			"whole lines, to the brace");
		body = slice(text + c.start, c.end - c.start);
		out = cut_replace(text, &c, body);
		check(strcmp(out, text) == 0, "the same body, the same text");
		free(out);
		out = cut_replace(text, &c, EXERCISE);
		check(cut_find(out, "f", &again) == CUT_OK &&
				again.start == c.start &&
				again.end == c.start + strlen(EXERCISE),
			"an exercise is found again");
		free(out);
		free(body);
	}
	free(text);
	return 0;
}
