/* SPDX-License-Identifier: MIT */
/* Where cp and mv put a file. */
#include "user/lib/libc.h"

/*
 * The path that `from` gets below `to` if that is a directory, else `to`
 * itself, into target: 0, or -1 with errno ENAMETOOLONG.
 */
int
path_target(char target[PATH_MAX], const char *from, const char *to)
{
	size_t n = strlen(from);
	const char *name;
	struct stat st;
	int length;

	while (n > 1 && from[n - 1] == '/')
		n--;
	name = from + n;
	while (name > from && name[-1] != '/')
		name--;
	if (stat(to, &st) == 0 && st.type == FT_DIR)
		length = snprintf(target, PATH_MAX, "%s%s%.*s", to,
			to[strlen(to) - 1] == '/' ? "" : "/",
			(int)(from + n - name), name);
	else
		length = snprintf(target, PATH_MAX, "%s", to);
	if (length >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}
