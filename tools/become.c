/* SPDX-License-Identifier: MIT */
/*
 * $(become COMMAND,NAMES): GNU make turns into COMMAND.
 *
 * `make run CMD=...` promises the commands' exit status, but make itself only
 * ever exits with 0, 1 or 2: a recipe that fails with 7 makes it exit with 2.
 * So make loads this object (GNU make manual, "Loading Dynamic Objects") and
 * the recipe of `run` calls the function, which replaces the process of make
 * by the command: terminal, standard input and exit status are then the
 * command's own, and there is no make left that could print anything.
 *
 * NAMES are the make variables which the command gets as environment
 * variables, byte for byte: the value is read unexpanded, so that no `$` in it
 * means anything to make.
 *
 * Under -n, -q and -t nothing is run: the function expands to the command, and
 * make does what it always does with a recipe.
 */
#include <gnumake.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int plugin_is_GPL_compatible;
int become_gmk_setup(void);

/*
 * True if make was told to run no recipe.  The first word of MAKEFLAGS holds
 * the options of one letter; there are none if it begins with a dash or blank.
 */
static int
make_is_dry(void)
{
	char *flags = gmk_expand("$(MAKEFLAGS)");
	size_t letters = flags[0] == '-' ? 0 : strcspn(flags, " ");
	size_t dry = strcspn(flags, "nqt");

	gmk_free(flags);
	return dry < letters;
}

/* Hand the make variable `name` on to the environment, if it is defined. */
static void
export_variable(const char *name)
{
	char expr[64];
	char *text;

	snprintf(expr, sizeof(expr), "$(flavor %s)", name);
	text = gmk_expand(expr);
	if (strcmp(text, "undefined") != 0) {
		gmk_free(text);
		snprintf(expr, sizeof(expr), "$(value %s)", name);
		text = gmk_expand(expr);
		setenv(name, text, 1);
	}
	gmk_free(text);
}

static char *
become(const char *func, unsigned int argc, char **argv)
{
	sigset_t none;

	if (make_is_dry()) {
		char *text = gmk_alloc((unsigned int)strlen(argv[0]) + 1);

		return strcpy(text, argv[0]);
	}
	if (argc > 1)
		for (char *name = strtok(argv[1], " "); name != NULL;
			name = strtok(NULL, " "))
			export_variable(name);
	/* What an outer make said to this one is not for the command. */
	unsetenv("MAKEFLAGS");
	unsetenv("MFLAGS");
	unsetenv("MAKELEVEL");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", argv[0], (char *)NULL);
	perror(func);
	exit(255);
}

int
become_gmk_setup(void)
{
	gmk_add_function("become", become, 1, 2, GMK_FUNC_DEFAULT);
	return 1;
}
