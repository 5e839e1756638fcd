/* SPDX-License-Identifier: MIT */
/* The commands for one lab and one tree; contracts in commands.h. */
#include "grading/auto/commands.h"

#include "grading/auto/carry.h"
#include "grading/auto/cut.h"
#include "grading/auto/handout.h"
#include "grading/auto/stop.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder must be new, or empty. */
static void
require_new(const char *out)
{
	if (rmdir(out) != 0 && file_exists(out))
		die("OUT=%s: it is there already", out);
}

/* A tree to carry work on from, if one is named. */
static void
require_tree(const char *onto)
{
	char *labs = format("%s/labs", onto);

	if (*onto && !file_exists(labs))
		die("ONTO=%s: that is no tree of this course: it has no labs/",
			onto);
	free(labs);
}

/* The observations that a student's tree compares with. */
static void
handout_expected(const struct course *c, const struct lab *lab, const char *out)
{
	struct grading g;
	char *seed = format("%u\n", 1000 + lab->number);
	char *to = format("%s/%s/expected", out, lab->folder);
	char *from, *path;

	grading_prepare(&g, c, lab, strtoull(seed, NULL, 10), NULL, false);
	from = format("%s/expected", g.scratch);
	if (run(NULL, (const char *[]){ "cp", "-r", from, to, NULL }) != 0)
		die("cannot write %s", to);
	for (size_t i = 0; i < lab->n_checks; i++) {
		if (lab->check[i].visibility == VISIBLE)
			continue;
		path = format("%s/%s", to, lab->check[i].name);
		tree_remove(path);
		free(path);
	}
	path = format("%s/seed", to);
	file_write(path, seed, strlen(seed));
	free(path);
	free(from);
	free(to);
	free(seed);
	grading_end(&g);
}

/* The student's own solutions of earlier labs, and what is to say of them. */
static void
handout_carry(const struct course *c, const struct lab *lab, const char *out,
	const char *onto)
{
	struct list words = { 0 };
	unsigned n = carry_over(c, lab, out, onto, &words);

	for (size_t i = 0; i < words.n; i++)
		printf("%s\n", words.at[i]);
	printf("%u exercises of earlier labs are those of %s\n", n, onto);
	list_free(&words);
}

int
command_handout(int argc, char **argv)
{
	struct course c;
	const struct lab *lab;

	if (argc < 3)
		die("make handout LAB=NN OUT=folder [ONTO=folder]");
	course_read(&c, ".");
	lab = course_lab(&c, argv[1]);
	require_tree(argc > 3 ? argv[3] : "");
	require_new(argv[2]);
	handout_tree(&c, lab, argv[2]);
	if (argc > 3 && *argv[3])
		handout_carry(&c, lab, argv[2], argv[3]);
	handout_expected(&c, lab, argv[2]);
	handout_commit(lab, argv[2]);
	printf("lab %02u is in %s, a git repository of one commit\n",
		lab->number, argv[2]);
	course_free(&c);
	return 0;
}

/* The tree alone: for templates and tests. */
int
command_tree(int argc, char **argv)
{
	const struct lab *lab;
	struct course c;

	if (argc != 3 && argc != 4)
		die("grader tree LAB OUT [ONTO]");
	course_read(&c, ".");
	lab = course_lab(&c, argv[1]);
	require_tree(argc > 3 ? argv[3] : "");
	require_new(argv[2]);
	handout_tree(&c, lab, argv[2]);
	if (argc == 4)
		handout_carry(&c, lab, argv[2], argv[3]);
	course_free(&c);
	return 0;
}

uint64_t
fresh_seed(void)
{
	uint64_t seed = 0;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &seed, sizeof(seed)) != sizeof(seed))
		die("cannot read /dev/urandom");
	close(fd);
	return seed >> 16;
}

/* All of the words are names of checks. */
static void
require_checks(const struct lab *lab, const char *only)
{
	struct list names = { 0 };

	list_split(&names, only ? only : "");
	for (size_t i = 0; i < names.n; i++)
		if (!lab_check(lab, names.at[i]))
			die("ONLY=%s: lab %02u has no such check; it has those "
			    "of %s/lab.ini",
				names.at[i], lab->number, lab->folder);
	list_free(&names);
}

const struct lab *
lab_to_grade(const struct course *c, const char *number)
{
	for (size_t i = 0; !*number && i < c->n_labs; i++) {
		char *expected =
			format("%s/%s/expected", c->root, c->lab[i].folder);
		bool is_here = file_exists(expected);

		free(expected);
		if (is_here)
			return &c->lab[i];
	}
	if (!*number)
		die("make grade LAB=NN [ONLY=check]: say which lab");
	return course_lab(c, number);
}

int
command_grade(int argc, char **argv)
{
	const char *only = NULL;
	struct course c;
	struct grading g;
	const struct lab *lab;
	uint64_t seed = 0;
	int option, lost = 0;

	while ((option = getopt(argc, argv, "o:s:")) != -1)
		if (option == 'o')
			only = *optarg ? optarg : NULL;
		else if (option == 's')
			seed = seed_of(optarg);
		else
			return 2;
	if (optind >= argc)
		die("make grade LAB=NN [ONLY=check]");
	stop_catch("");
	course_read(&c, ".");
	lab = lab_to_grade(&c, argv[optind++]);
	require_checks(lab, only);
	if (!seed)
		seed = c.seed;
	if (!seed && !file_exists("tools/lab.mk"))
		seed = fresh_seed();
	grading_prepare(&g, &c, lab, seed, only, false);
	for (int i = optind; i < argc || i == optind; i++) {
		const char *submission = i < argc ? argv[i] : ".";
		struct result r;

		grade(&g, submission, submission, 0, only, true, &r);
		table_print(&r);
		for (size_t k = 0; k < lab->n_checks; k++)
			lost |= r.check[k].verdict == VERDICT_LOST;
		result_free(&r);
	}
	grading_end(&g);
	course_free(&c);
	return lost;
}

/* Lines that the exercises take in the reference. */
static size_t
solution_lines(const struct course *c, const struct lab *lab)
{
	size_t lines = 0;

	for (size_t i = 0; i < lab->n_holes; i++) {
		const struct hole *hole = &lab->hole[i];
		char *path = format("%s/%s", c->root, hole->path);
		char *text = file_read(path, NULL, 8u << 20);
		struct cut cut;

		if (!text || cut_find(text, hole->function, &cut) != CUT_OK)
			die("%s: no function %s", path, hole->function);
		for (size_t at = cut.start; at < cut.end; at++)
			lines += text[at] == '\n';
		free(text);
		free(path);
	}
	return lines;
}

/* One lab's checks: name, points, visibility. */
static void
checks_list(const struct lab *lab)
{
	for (size_t i = 0; i < lab->n_checks; i++)
		printf("%s %u %s\n", lab->check[i].name, lab->check[i].points,
			visibility_name(lab->check[i].visibility));
}

/* What a platform lists: the checks that students see, and under `others` the
 * points of all others together.  Lines "name points". */
static void
checks_seen(const struct lab *lab, const char *others)
{
	unsigned points = 0;

	for (size_t i = 0; i < lab->n_checks; i++)
		if (lab->check[i].visibility == VISIBLE)
			printf("%s %u\n", lab->check[i].name,
				lab->check[i].points);
		else
			points += lab->check[i].points;
	if (points && *others)
		printf("%s %u\n", others, points);
}

/* All labs, a line each; or what there is to see of one. */
int
command_checks(int argc, char **argv)
{
	const struct lab *lab;
	struct course c;

	course_read(&c, ".");
	lab = argc > 1 ? course_lab(&c, argv[1]) : NULL;
	if (lab && argc > 2 && strcmp(argv[2], "visible") != 0)
		die("grader checks [LAB [visible [OTHERS]]]");
	if (lab && argc > 2)
		checks_seen(lab, argc > 3 ? argv[3] : "");
	else if (lab)
		checks_list(lab);
	for (size_t l = 0; !lab && l < c.n_labs; l++)
		printf("%s: %zu exercises, %zu lines, %zu checks, %u points, "
		       "%u hours\n",
			c.lab[l].name, c.lab[l].n_holes,
			solution_lines(&c, &c.lab[l]), c.lab[l].n_checks,
			lab_points(&c.lab[l]), c.lab[l].hours);
	course_free(&c);
	return 0;
}
