/* SPDX-License-Identifier: MIT */
/* cp from to; cp file... directory: copies files. */
#include "user/lib/libc.h"

static int
bytes_copy(int in, int out, const char *from, const char *to)
{
	static char buffer[16384];
	long n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write_all(out, buffer, (size_t)n) < 0) {
			warn("%s", to);
			return 1;
		}
	if (n < 0)
		warn("%s", from);
	return n < 0;
}

static int
file_copy(const char *from, const char *to)
{
	struct stat a, b;
	char target[PATH_MAX];
	int in = open(from, O_RDONLY), out, status = 1;

	if (in < 0 || fstat(in, &a) < 0) {
		warn("%s", from);
	} else if (a.type == FT_DIR) {
		warnx("%s: is a directory", from);
	} else if (path_target(target, from, to) < 0) {
		warn("%s", to);
	} else if (stat(target, &b) == 0 && a.ino == b.ino && a.dev == b.dev) {
		warnx("%s and %s are the same file", from, target);
	} else {
		out = open(target, O_WRONLY | O_CREAT | O_TRUNC);
		if (out < 0)
			warn("%s", target);
		else
			status = bytes_copy(in, out, from, target);
		if (out >= 0)
			close(out);
	}
	if (in >= 0)
		close(in);
	return status;
}

int
main(int argc, char **argv)
{
	const char *to = argv[argc - 1];
	struct stat st;
	int status = 0;

	if (argc < 3)
		errx(2, "usage: cp file... to");
	if (argc > 3 && (stat(to, &st) < 0 || st.type != FT_DIR))
		errx(1, "%s: not a directory", to);
	for (int i = 1; i < argc - 1; i++)
		status |= file_copy(argv[i], to);
	return status;
}
