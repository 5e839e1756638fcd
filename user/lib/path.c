/* SPDX-License-Identifier: MIT */
/* Paths: where programs are found, and where cp and mv put a file. */
#include "user/lib/path.h"
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

/*
 * The path of a program: name itself if it has a slash, else the first file of
 * this name in the directories of search, which colons part.  Returns 0, or -1
 * with errno ENOENT if there is none.
 */
int
path_program(char path[PATH_MAX], const char *name, const char *search)
{
	struct stat st;

	if (strchr(name, '/') != NULL) {
		if (strlen(name) >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(path, name, strlen(name) + 1);
		return 0;
	}
	while (*name != 0 && search != NULL) {
		size_t n = strcspn(search, ":");

		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)n, search,
			    n > 0 ? "/" : "", name) < PATH_MAX &&
			stat(path, &st) == 0 && st.type == FT_FILE)
			return 0;
		search = search[n] == ':' ? search + n + 1 : NULL;
	}
	errno = ENOENT;
	return -1;
}

/* As execve with this environment, of a program that PATH finds. */
int
execvp(const char *name, char *const argv[])
{
	char path[PATH_MAX];

	if (path_program(path, name, getenv("PATH")) < 0)
		return -1;
	return execve(path, argv, environ);
}
