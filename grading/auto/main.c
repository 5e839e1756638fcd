/* SPDX-License-Identifier: MIT */
/*
 * The autograder's commands.  `make handout`, `make grade`, `make grade-all`
 * and `make export` call them (Makefile, docs/grading.md).
 */
#include "grading/auto/commands.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	int (*fn)(int argc, char **argv);
	const char *usage;
} commands[] = {
	{ "handout", command_handout, "LAB OUT [ONTO]" },
	{ "tree", command_tree, "LAB OUT [ONTO]" },
	{ "grade", command_grade, "LAB [-o CHECK] [-s SEED] [SUBMISSION...]" },
	{ "debug", command_debug, "LAB CHECK SEED LINE" },
	{ "prove", command_prove, "LAB quick|full|starter|cheaters [MUTANT]" },
	{ "class", command_class, "LAB SUBMISSIONS OUT [JOBS [SEED]]" },
	{ "one", command_one,
		"[-p PLATFORM] [-s SEED] [-t S] LAB SUBMISSION RESULT" },
	{ "verdict", command_verdict, "RESULT CHECK" },
	{ "flat", command_flat, "LAB SUBMISSIONS OUT" },
	{ "checks", command_checks, "[LAB [visible [OTHERS]]]" },
	{ "measure", command_measure, "COMMAND..." },
	{ "synthetic", command_synthetic, "LAB STUDENTS OUT" },
};

int
main(int argc, char **argv)
{
	size_t n = sizeof(commands) / sizeof(commands[0]);

	/* whoever runs in the sandbox may read the tree that was built */
	umask(022);
	/* a QEMU that went away is no reason to go, too */
	signal(SIGPIPE, SIG_IGN);

	for (size_t i = 0; argc > 1 && i < n; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].fn(argc - 1, argv + 1);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "usage: grader %s %s\n", commands[i].name,
			commands[i].usage);
	return 2;
}
