/* SPDX-License-Identifier: MIT */
/*
 * rm [-rf] file...: removes files and empty directories; -r: directories with
 * all that is in them; -f: what is not there is no error.
 */
#include "user/lib/libc.h"
#include <stdbool.h>

static bool recursive, force;

/*
 * The path grows and shrinks in one buffer, and one entry is read at a time
 * from the start of the directory, since removing may move the others.
 */
static int
tree_remove(char *path, size_t length)
{
	struct dirent entries[4];
	long n, i;
	int fd;

	if (unlink(path) == 0)
		return 0;
	if (errno != ENOTEMPTY || !recursive)
		return -1;
	for (;;) {
		size_t size;

		fd = open(path, O_RDONLY | O_DIRECTORY);
		if (fd < 0)
			return -1;
		/* "." and "..", where a file system has them, are stepped over.
		 */
		do {
			n = readdir(fd, entries, 4);
			for (i = 0; i < n; i++)
				if (strcmp(entries[i].name, ".") != 0 &&
					strcmp(entries[i].name, "..") != 0)
					break;
		} while (n > 0 && i == n);
		close(fd);
		if (n <= 0)
			break;
		size = strlen(entries[i].name);
		if (length + size + 2 > PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		path[length] = '/';
		memcpy(path + length + 1, entries[i].name, size + 1);
		if (tree_remove(path, length + 1 + size) < 0)
			return -1;
		path[length] = 0;
	}
	return n < 0 ? -1 : unlink(path);
}

int
main(int argc, char **argv)
{
	int status = 0, option;

	while ((option = getopt(argc, argv, "rf")) != -1) {
		if (option == '?')
			errx(2, "usage: rm [-rf] file...");
		recursive |= option == 'r';
		force |= option == 'f';
	}
	if (optind >= argc && !force)
		errx(2, "usage: rm [-rf] file...");
	for (int i = optind; i < argc; i++) {
		char path[PATH_MAX];
		size_t n = strlen(argv[i]);

		while (n > 1 && argv[i][n - 1] == '/')
			n--;
		if (n >= sizeof(path)) {
			warnx("%s: name too long", argv[i]);
			status = 1;
			continue;
		}
		memcpy(path, argv[i], n);
		path[n] = 0;
		if (tree_remove(path, n) < 0 && !(force && errno == ENOENT)) {
			warn("%s", path);
			status = 1;
		}
	}
	return status;
}
