/* SPDX-License-Identifier: MIT */
/* wc [-lwc] [file...]: lines, words and bytes. */
#include "user/lib/libc.h"
#include <stdbool.h>

struct count {
	uint64_t lines, words, bytes;
};

static bool show_lines, show_words, show_bytes;

static void
count_bytes(struct count *c, const char *bytes, long n, bool *in_word)
{
	c->bytes += (uint64_t)n;
	for (long i = 0; i < n; i++) {
		bool blank = memchr(" \t\n\v\f\r", bytes[i], 6) != NULL;

		if (bytes[i] == '\n')
			c->lines++;
		if (!blank && !*in_word)
			c->words++;
		*in_word = !blank;
	}
}

static int
count_file(struct count *c, const char *name, int fd)
{
	static char buffer[8192];
	bool in_word = false;
	long n = -1;

	*c = (struct count){ .lines = 0 };
	while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0)
		count_bytes(c, buffer, n, &in_word);
	if (n < 0)
		warn("%s", name);
	return n < 0;
}

static void
count_print(const struct count *c, const char *name)
{
	const char *gap = "";

	if (show_lines) {
		printf("%lu", c->lines);
		gap = " ";
	}
	if (show_words) {
		printf("%s%lu", gap, c->words);
		gap = " ";
	}
	if (show_bytes)
		printf("%s%lu", gap, c->bytes);
	printf("%s%s\n", name != NULL ? " " : "", name != NULL ? name : "");
}

int
main(int argc, char **argv)
{
	struct count c, total = { .lines = 0 };
	int status = 0, option;

	while ((option = getopt(argc, argv, "lwc")) != -1) {
		if (option == '?')
			errx(2, "usage: wc [-lwc] [file...]");
		show_lines |= option == 'l';
		show_words |= option == 'w';
		show_bytes |= option == 'c';
	}
	if (!show_lines && !show_words && !show_bytes)
		show_lines = show_words = show_bytes = true;
	if (optind == argc) {
		status = count_file(&c, "standard input", 0);
		count_print(&c, NULL);
	}
	for (int i = optind; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY), failed;

		failed = count_file(&c, argv[i], fd);
		if (fd >= 0)
			close(fd);
		status |= failed;
		if (!failed)
			count_print(&c, argv[i]);
		total.lines += c.lines;
		total.words += c.words;
		total.bytes += c.bytes;
	}
	if (argc - optind > 1)
		count_print(&total, "total");
	return status;
}
