/* SPDX-License-Identifier: MIT */
/*
 * Proof that a lab's grading is right, as TAP:
 *
 *	the tree	starter plus bodies is the reference, byte for byte;
 *			nothing of later labs is in it; it builds without a
 *			word and stops at its first lab_todo()
 *	the reference	gets every point, before and after all that follows
 *	the starter	gets none, and is told what is to be written
 *	a hole alone	missing, loses its own checks; and the handout says
 *			which later ones a check needs
 *	mutants		lose just the checks that they say
 *	cheaters	get nothing, harm nothing, and are named
 *
 * A mutant is grading/mutants/NN-name/NAME.patch, with a line "Loses: check
 * ..." at its top.  A cheater is grading/cheaters/NAME, a script that makes a
 * starter's folder, where it runs, into a cheat; a line "# Named: words |
 * words" says what of the result shows it, and "# Labs: 04 05" whose cheat it
 * is.
 */
#include "grading/auto/prove.h"
#include "grading/auto/commands.h"
#include "grading/auto/handout.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHEATERS_FOLDER "grading/cheaters"
#define TIMES_MAX	1000

void
tap(struct proof *p, bool holds, const char *name, const char *detail)
{
	p->cases++;
	p->failed += !holds;
	printf("%sok %u - %s %s\n", holds ? "" : "not ", p->cases, p->lab->name,
		name);
	if (!holds)
		printf("# %s\n", detail);
	fflush(stdout);
}

static bool
all_are(const struct proof *p, const struct result *r, enum verdict v)
{
	for (size_t i = 0; i < p->lab->n_checks; i++)
		if (grading_wants(&p->g, &p->lab->check[i], NULL) &&
			r->check[i].verdict != v)
			return false;
	return true;
}

static void
prove_reference(struct proof *p, const char *when)
{
	char *folder = submission_make(p, "reference", false), *what;
	char *name = format("the reference gets full marks%s", when);
	struct result r;

	submission_grade(p, folder, &r);
	what = lost(p, &r);
	tap(p, all_are(p, &r, VERDICT_PASSED), name, what);
	free(what);
	free(name);
	free(folder);
	result_free(&r);
}

static void
prove_starter(struct proof *p)
{
	char *folder = submission_make(p, "starter", true), *what;
	struct result r;

	submission_grade(p, folder, &r);
	what = lost(p, &r);
	tap(p, all_are(p, &r, VERDICT_LOST), "the starter gets no point", what);
	free(what);
	what = lost_untold(p, &r);
	tap(p, !*what, "the starter's checks say what is to be written", what);
	free(what);
	free(folder);
	result_free(&r);
}

/* -- Mutants and cheaters -------------------------------------------------- */

/* The rest of the line that begins with key; to be freed. */
static char *
header(const char *path, const char *key)
{
	char *text = file_read(path, NULL, COURSE_FILE_MAX);
	char *at = text ? strstr(text, key) : NULL, *value;

	if (!at)
		die("%s: no line '%s...'", path, key);
	at += strlen(key);
	value = format("%.*s", (int)strcspn(at, "\n"), at);
	free(text);
	return value;
}

/* Of the words, those that are checks that are run now; sorted. */
static char *
checks_run(const struct proof *p, const char *words, const char *path)
{
	struct list l = { 0 };
	struct text t = { 0 };

	text_add(&t, "", 0);
	list_split(&l, words);
	for (size_t i = 0; i < l.n; i++)
		if (!lab_check(p->lab, l.at[i]))
			die("%s: lab %02u has no check '%s'", path,
				p->lab->number, l.at[i]);
	for (size_t i = 0; i < p->lab->n_checks; i++) {
		const struct check *check = &p->lab->check[i];

		if (list_has(&l, check->name) &&
			grading_wants(&p->g, check, NULL))
			text_addf(&t, "%s%s", t.len ? " " : "", check->name);
	}
	list_free(&l);
	return t.s;
}

static void
prove_mutant(struct proof *p, const char *path)
{
	char *folder = submission_make(p, "mutant", false), *what, *is;
	const char *base = strrchr(path, '/') + 1;
	char *full = realpath(path, NULL);
	char *words = header(path, "Loses: ");
	char *expected = checks_run(p, words, path);
	char *name = format("mutant %.*s", (int)strcspn(base, "."), base);
	struct result r;

	if (run(folder,
		    (const char *[]){ "patch", "-p1", "-s", "-f", "-i", full,
			    NULL }) != 0)
		fprintf(stderr, "%s does not apply: make it anew\n", path);
	submission_grade(p, folder, &r);
	is = lost(p, &r);
	what = format("should lose '%s', lost '%s'", expected, is);
	tap(p, strcmp(expected, is) == 0, name, what);
	free(what);
	free(is);
	free(name);
	free(expected);
	free(words);
	free(full);
	free(folder);
	result_free(&r);
}

/* Does a remark, a reason or what was seen have the words? */
static bool
has_words(const struct result *r, const char *words)
{
	if (strstr(r->build, words))
		return true;
	for (size_t i = 0; i < r->remarks.n; i++)
		if (strstr(r->remarks.at[i], words))
			return true;
	for (size_t i = 0; i < r->lab->n_checks; i++)
		if ((r->check[i].why && strstr(r->check[i].why, words)) ||
			(r->check[i].seen && strstr(r->check[i].seen, words)))
			return true;
	return false;
}

/* Has it any of the words, that " | " sets apart? */
static bool
is_named(const struct result *r, const char *words)
{
	bool named = false;

	while (*words && !named) {
		const char *end = strstr(words, " | ");
		size_t len = end ? (size_t)(end - words) : strlen(words);
		char *some = format("%.*s", (int)len, words);

		named = has_words(r, some);
		free(some);
		words += len + (end ? 3 : 0);
	}
	return named;
}

static void
prove_cheater(struct proof *p, const char *path)
{
	char *folder, *full, *named, *name, *what;
	struct result r;

	if (!cheater_is_of(path, p->lab))
		return; /* as a pattern has it */
	folder = submission_make(p, "cheater", true);
	full = realpath(path, NULL);
	named = header(path, "# Named: ");
	name = format("cheater %s", strrchr(path, '/') + 1);
	if (run(folder,
		    (const char *[]){ full, p->lab->hole[0].path,
			    p->lab->check[0].name, NULL }) != 0)
		die("%s failed", path);
	submission_grade(p, folder, &r);
	what = format("%u points; named: %s", r.points,
		is_named(&r, named) ? "yes" : "no");
	tap(p, r.points == 0 && is_named(&r, named), name, what);
	for (size_t i = 0; i < r.remarks.n; i++)
		printf("# %s\n", r.remarks.at[i]);
	free(what);
	free(name);
	free(named);
	free(full);
	free(folder);
	result_free(&r);
}

static void
for_each_file(struct proof *p, const char *pattern,
	void (*fn)(struct proof *p, const char *path))
{
	glob_t found;

	if (glob(pattern, GLOB_BRACE, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			fn(p, found.gl_pathv[i]);
	globfree(&found);
}

/* What is asked for by name, and not by a pattern, is there, and the lab's.
 * words: such as "{name,more*}". */
static void
require_named(const struct lab *lab, const char *folder, const char *words,
	const char *ending)
{
	char *list = format("%s", words), *rest = list, *word;

	while ((word = strsep(&rest, "{,}"))) {
		char *path = format("%s/%s%s", folder, word, ending);

		if (*word && !strpbrk(word, "*?[") && !file_exists(path))
			die("%s: there is no such file to prove", path);
		if (*word && !strpbrk(word, "*?[") && !*ending &&
			!cheater_is_of(path, lab))
			die("%s: its '# Labs:' does not name lab %02u", path,
				lab->number);
		free(path);
	}
	free(list);
}

/* The reference, again and again: no verdict is a matter of luck. */
static void
prove_often(struct proof *p)
{
	for (unsigned i = 1; i <= p->times; i++) {
		char *when = format(", time %u", i);

		prove_reference(p, when);
		free(when);
	}
}

/* What each command proves. */
enum {
	TREE = 1,
	BOOT = 2,
	STARTER = 4,
	HOLES = 8,
	MUTANTS = 16,
	CHEATERS = 32,
	OFTEN = 64,
	QUICK = 128, /* without the checks that need the machine's shell */
	ANEW = 256,  /* nothing that was built before is used */
	AGAIN = 512  /* the reference at the end, too */
};

static const struct {
	const char *name;
	unsigned what;
} commands[] = {
	{ "quick", TREE | STARTER | MUTANTS | QUICK },
	{ "starter", TREE | BOOT | STARTER | MUTANTS | QUICK },
	{ "full",
		TREE | BOOT | STARTER | HOLES | MUTANTS | CHEATERS | ANEW |
			AGAIN },
	{ "holes", HOLES },
	{ "mutants", MUTANTS },
	{ "cheaters", CHEATERS | AGAIN },
	{ "reference", OFTEN },
};

/* What a command is to prove; 0: there is no such command. */
static unsigned
command_what(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].what;
	return 0;
}

/* All that is asked for; which mutants, and which cheaters. */
static void
prove(struct proof *p, unsigned what, const char *which,
	const char *which_cheaters)
{
	char *tree = format("%s/tree", p->folder);
	char *mutants =
		format("grading/mutants/%s/%s.patch", p->lab->name, which);
	char *cheaters = format(CHEATERS_FOLDER "/%s", which_cheaters);

	handout_tree(&p->course, p->lab, tree);
	if (what & TREE)
		prove_tree(p, tree);
	if (what & BOOT)
		prove_boot(p, p->folder, tree, what & ANEW);
	prove_reference(p, "");
	if (what & STARTER)
		prove_starter(p);
	if (what & OFTEN)
		prove_often(p);
	if (what & HOLES)
		prove_holes(p);
	if (what & MUTANTS)
		for_each_file(p, mutants, prove_mutant);
	if (what & CHEATERS)
		for_each_file(p, cheaters, prove_cheater);
	if (what & AGAIN)
		prove_reference(p, " at the end, too");
	free(cheaters);
	free(mutants);
	free(tree);
}

int
command_prove(int argc, char **argv)
{
	struct proof p = { .cases = 0 };
	const char *which = argc > 3 ? argv[3] : "*";
	const char *which_cheaters = argc > 4 ? argv[4] : which;
	unsigned what = command_what(argc > 2 ? argv[2] : "quick");
	char *folder;

	if (argc < 2 || !what || ((what & OFTEN) && argc < 4))
		die("grader prove LAB quick|starter|full|holes|mutants|"
		    "cheaters [MUTANTS [CHEATERS]], or LAB reference TIMES");
	if (argc > 4)
		what |= CHEATERS;
	if (what & OFTEN)
		p.times =
			(unsigned)setting_number("TIMES", which, 1, TIMES_MAX);
	course_read(&p.course, ".");
	p.lab = course_lab(&p.course, argv[1]);
	folder = format("grading/mutants/%s", p.lab->name);
	if (what & MUTANTS)
		require_named(p.lab, folder, which, ".patch");
	if (what & CHEATERS)
		require_named(p.lab, CHEATERS_FOLDER, which_cheaters, "");
	free(folder);
	grading_prepare(&p.g, &p.course, p.lab, PROOF_SEED, NULL, what & QUICK);
	p.folder = format("%s/proof", p.g.scratch);
	prove(&p, what, which, which_cheaters);
	printf("1..%u\n", p.cases);
	free(p.folder);
	grading_end(&p.g);
	course_free(&p.course);
	return p.failed > 0;
}
