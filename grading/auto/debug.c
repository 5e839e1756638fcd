/* SPDX-License-Identifier: MIT */
/*
 * One check again, under GDB: `make debug`.  What runs is the student's own
 * tree, without a sandbox, and it runs as in the check: the same seed, the
 * same machine, time in instructions.
 */
#include "grading/auto/check.h"
#include "grading/auto/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX  40
#define LINES_MAX 100000000

struct args {
	const char *at[ARGS_MAX];
	size_t n;
};

static void
add(struct args *a, const char *arg)
{
	if (a->n == ARGS_MAX - 1)
		die("make debug: too many options");
	a->at[a->n++] = arg;
}

/* With the lock that tools/with-build has. */
static void
build(const char *target)
{
	unsetenv("MAKEFLAGS"); /* of the make that called us */
	unsetenv("MAKELEVEL");
	if (run(NULL,
		    (const char *[]){ "flock", "build/lock", "make", "-s",
			    target, NULL }) != 0)
		die("make %s failed", target);
}

/* GDB stops where the last line was said that was right: what comes next is
 * what differs. */
static void
add_stop(struct args *a, unsigned line, const char *go)
{
	add(a, "-ex");
	add(a, format("break driver_line if lines >= %u", line ? line - 1 : 0));
	add(a, "-ex");
	add(a, go);
}

static void
debug_host(const struct check *check, const char *seed, unsigned line,
	struct args *a)
{
	char *program = format("build/drivers/%s", check->driver);

	build(program);
	add(a, "gdb");
	add(a, "-q");
	add(a, "-iex");
	add(a, "set auto-load local-gdbinit off");
	add(a, "-ex");
	add(a, "set confirm off");
	add_stop(a, line, "run");
	add(a, "--args");
	add(a, program);
	add(a, check->name);
	add(a, seed);
}

static void
debug_kernel(const struct check *check, const char *seed, unsigned line,
	struct args *a)
{
	char *kernel = format("build/kernels/%s", check->driver);

	build(kernel);
	add(a, "tools/gdb");
	add(a, "-k");
	add(a, kernel);
	add(a, "-i");
	add(a, "");
	add(a, "-a");
	add(a, format("check=%s seed=%s", check->name, seed));
	add_stop(a, line, "continue");
}

static void
debug_shell(const struct check *check, uint64_t seed, struct args *a)
{
	build("build/grade.tar");
	build("build/droste.debug");
	setenv("CMD", check_command(check, seed), 1);
	add(a, "tools/gdb");
	add(a, "-i");
	add(a, "build/grade.tar");
}

/* What a student's tree compares with is of one seed. */
static uint64_t
debug_seed(const struct course *c, const struct lab *lab, const char *asked)
{
	char *path = format("%s/%s/expected/seed", c->root, lab->folder);
	char *text = file_read(path, NULL, 64);
	uint64_t seed = seed_of(asked);

	if (text)
		seed = strtoull(text, NULL, 10);
	else if (!seed)
		die("make debug LAB=%02u ONLY=check SEED=number: which seed?",
			lab->number);
	free(text);
	free(path);
	return seed;
}

int
command_debug(int argc, char **argv)
{
	struct course c;
	const struct lab *lab;
	const struct check *check;
	struct args a = { .n = 0 };
	unsigned line;
	uint64_t seed;
	char *number, *in_bochs;

	if (argc != 5)
		die("make debug LAB=NN ONLY=check [SEED=number] [LINE=number]");
	course_read(&c, ".");
	lab = lab_to_grade(&c, argv[1]);
	check = lab_check(lab, argv[2]);
	if (!check)
		die("ONLY=%s: lab %02u has no such check; they are in "
		    "%s/lab.ini",
			argv[2], lab->number, lab->folder);
	seed = debug_seed(&c, lab, argv[3]);
	line = (unsigned)setting_number("LINE", argv[4], 0, LINES_MAX);
	number = format("%llu", (unsigned long long)seed);
	setenv("ICOUNT", "1", 1);
	if ((in_bochs = check_in_bochs(check, seed)))
		die("%s: Bochs runs it, and GDB cannot look into that; use: %s",
			check->name, in_bochs);
	if (check->type == CHECK_HOST)
		debug_host(check, number, line, &a);
	else if (check->type == CHECK_KERNEL)
		debug_kernel(check, number, line, &a);
	else
		debug_shell(check, seed, &a);
	add(&a, NULL);
	execvp(a.at[0], (char *const *)a.at);
	die("%s: %s; install gdb (make deps-gdb)", a.at[0], strerror(errno));
}
