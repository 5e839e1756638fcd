/* SPDX-License-Identifier: MIT */
/* ls [-l] [file...]: names, sorted; -l: with kind, size and number. */
#include "user/lib/libc.h"
#include <stdbool.h>

static bool long_form;

static void
entry_print(const char *name, uint32_t type, uint64_t size, uint64_t ino)
{
	static const char kinds[] = { [FT_FILE] = '-',
		[FT_DIR] = 'd',
		[FT_DEVICE] = 'c',
		[FT_PIPE] = 'p' };
	char kind =
		type < sizeof(kinds) && kinds[type] != 0 ? kinds[type] : '?';

	if (long_form)
		printf("%c %10lu %6lu %s\n", kind, size, ino, name);
	else
		puts(name);
}

static int
entry_compare(const void *a, const void *b)
{
	const struct dirent *p = a, *q = b;

	return strcmp(p->name, q->name);
}

static int
directory_list(const char *path)
{
	struct dirent *list = NULL;
	size_t n = 0, room = 0;
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	long got = fd;

	while (got >= 0) {
		if (n == room) {
			room = 2 * room + 16;
			list = xrealloc(list, room * sizeof(*list));
		}
		got = readdir(fd, list + n, room - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (got < 0)
		warn("%s", path);
	if (fd >= 0)
		close(fd);
	if (n > 0)
		qsort(list, n, sizeof(*list), entry_compare);
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, ".") != 0 &&
			strcmp(list[i].name, "..") != 0)
			entry_print(list[i].name, list[i].type, list[i].size,
				list[i].ino);
	free(list);
	return got < 0;
}

static int
path_list(const char *path, bool headed)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		warn("%s", path);
		return 1;
	}
	if (st.type != FT_DIR) {
		entry_print(path, st.type, st.size, st.ino);
		return 0;
	}
	if (headed)
		printf("%s:\n", path);
	return directory_list(path);
}

int
main(int argc, char **argv)
{
	int status = 0, option;

	while ((option = getopt(argc, argv, "l")) != -1) {
		if (option != 'l')
			errx(2, "usage: ls [-l] [file...]");
		long_form = true;
	}
	if (optind == argc)
		return path_list(".", false);
	for (int i = optind; i < argc; i++)
		status |= path_list(argv[i], argc - optind > 1);
	return status;
}
