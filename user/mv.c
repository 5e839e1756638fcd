/* SPDX-License-Identifier: MIT */
/* mv from to; mv file... directory: renames within one file system. */
#include "user/lib/libc.h"

int
main(int argc, char **argv)
{
	const char *to = argv[argc - 1];
	char target[PATH_MAX];
	struct stat st;
	int status = 0;

	if (argc < 3)
		errx(2, "usage: mv file... to");
	if (argc > 3 && (stat(to, &st) < 0 || st.type != FT_DIR))
		errx(1, "%s: not a directory", to);
	for (int i = 1; i < argc - 1; i++)
		if (path_target(target, argv[i], to) < 0 ||
			rename(argv[i], target) < 0) {
			warn("%s", argv[i]);
			status = 1;
		}
	return status;
}
