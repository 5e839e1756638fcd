/* SPDX-License-Identifier: MIT */
/* What runs before main and after it, and the environment. */
#include "user/lib/libc.h"

const char *program_name = "?";
char **environ;

/* From crt0.S alone. */
void lib_start(int argc, char **argv, char **envp) __attribute__((noreturn));

void
lib_start(int argc, char **argv, char **envp)
{
	environ = envp;
	if (argc > 0) {
		const char *slash = strrchr(argv[0], '/');

		program_name = slash != NULL ? slash + 1 : argv[0];
	}
	exit(main(argc, argv));
}

/*
 * Ends the program.  Output that cannot be written makes its status 1 if it
 * would be 0: nobody should take half a result for a whole one.
 */
void
exit(int status)
{
	if (stdout_flush() < 0 && status == 0)
		status = 1;
	_exit(status);
}

/* Index in environ of NAME=..., or of the NULL at the end. */
static size_t
env_find(const char *name, size_t length)
{
	size_t i;

	for (i = 0; environ[i] != NULL; i++)
		if (strncmp(environ[i], name, length) == 0 &&
			environ[i][length] == '=')
			break;
	return i;
}

char *
getenv(const char *name)
{
	size_t length = strlen(name);
	char *entry = environ[env_find(name, length)];

	return entry == NULL ? NULL : entry + length + 1;
}

/* environ[] with room for one more entry, in memory of our own. */
static int
env_grow(size_t used)
{
	static char **owned;
	char **grown = malloc((used + 2) * sizeof(*grown));

	if (grown == NULL)
		return -1;
	memcpy(grown, environ, (used + 1) * sizeof(*grown));
	free(owned);
	owned = environ = grown;
	return 0;
}

int
setenv(const char *name, const char *value, int overwrite)
{
	size_t length = strlen(name), i = env_find(name, length);
	size_t size = length + strlen(value) + 2;
	char *entry;

	if (environ[i] != NULL && !overwrite)
		return 0;
	entry = malloc(size);
	if (entry == NULL)
		return -1;
	snprintf(entry, size, "%s=%s", name, value);
	if (environ[i] == NULL) {
		if (env_grow(i) < 0) {
			free(entry);
			return -1;
		}
		environ[i + 1] = NULL;
	}
	/* The old entry may lie on the first stack: it is not freed. */
	environ[i] = entry;
	return 0;
}

int
unsetenv(const char *name)
{
	size_t i = env_find(name, strlen(name));

	for (; environ[i] != NULL; i++)
		environ[i] = environ[i + 1];
	return 0;
}
