/* SPDX-License-Identifier: MIT */
/* mkdir [-p] directory...: makes directories; -p: those above them too. */
#include "user/lib/libc.h"

/* Makes the directories above path, as far as they are missing. */
static int
parents_make(const char *path)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (size_t i = 1; i < n; i++)
		if (path[i] == '/') {
			memcpy(part, path, i);
			part[i] = 0;
			if (mkdir(part) < 0 && errno != EEXIST)
				return -1;
		}
	return 0;
}

int
main(int argc, char **argv)
{
	int parents = 0, status = 0, option;

	while ((option = getopt(argc, argv, "p")) != -1) {
		if (option == '?')
			optind = argc;
		parents = 1;
	}
	if (optind >= argc)
		errx(2, "usage: mkdir [-p] directory...");
	for (int i = optind; i < argc; i++) {
		struct stat st;

		if (parents && stat(argv[i], &st) == 0 && st.type == FT_DIR)
			continue;
		if ((parents && parents_make(argv[i]) < 0) ||
			mkdir(argv[i]) < 0) {
			warn("%s", argv[i]);
			status = 1;
		}
	}
	return status;
}
