/* SPDX-License-Identifier: MIT */
/*
 * Proof that a lab's grading is right, as TAP:
 *
 *	the tree	starter plus bodies is the reference, byte for byte;
 *			nothing of later labs is in it; it builds without a
 *			word and stops at its first lab_todo()
 *	the reference	gets every point, before and after all that follows
 *	the starter	gets none
 *	a hole alone	missing, loses its own checks; and the handout says
 *			which later ones a check needs
 *	mutants		lose just the checks that they say
 *	cheaters	get nothing, harm nothing, and are named
 *
 * A mutant is grading/mutants/NN-name/NAME.patch, with a line "Loses: check
 * ..." at its top.  A cheater is grading/cheaters/NAME, a script that makes a
 * starter's folder, where it runs, into a cheat; a line "# Named: words |
 *words" says what of the result shows it, and "# Labs: 04 05" whose cheat it
 *is.
 *
 * Over 400 lines because each kind of proof is short, and there are many.
 */
#include "grading/auto/base.h"
#include "grading/auto/commands.h"
#include "grading/auto/cut.h"
#include "grading/auto/document.h"
#include "grading/auto/handout.h"
#include "grading/auto/machine.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHEATERS   "grading/cheaters"
#define SOURCE_MAX (8u << 20)
#define TIMES_MAX  1000
#define ALL_DONE   SIZE_MAX

struct proof {
	struct course course;
	struct grading g;
	const struct lab *lab;
	unsigned cases, failed;
	char *folder; /* where submissions are made */
	/* of each check: the last exercise that it needs, by its index */
	size_t last[CHECKS_MAX];
};

static void
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

/* -- Submissions ----------------------------------------------------------- */

/* Put the body that the reference has into a starter's text; frees that. */
static char *
body_back(char *text, const char *reference, const char *function)
{
	struct cut in, from;
	char *body, *out;

	cut_find(text, function, &in);
	cut_find(reference, function, &from);
	body = format(
		"%.*s", (int)(from.end - from.start), reference + from.start);
	out = cut_replace(text, &in, body);
	free(body);
	free(text);
	return out;
}

/* A file of the reference, but the lab's functions from number `done` on are
 * as they are handed out. */
static char *
file_as_done(const struct proof *p, const char *path, size_t done)
{
	char *from = format("%s/%s", p->course.root, path);
	char *reference = file_read(from, NULL, SOURCE_MAX);
	size_t len;
	char *text = handout_file(&p->course, p->lab, path, &len);

	for (size_t i = 0; i < p->lab->n_holes && i < done; i++)
		if (strcmp(p->lab->hole[i].path, path) == 0)
			text = body_back(
				text, reference, p->lab->hole[i].function);
	free(reference);
	free(from);
	return text;
}

/* A folder with the hole files, in which so many of the lab's functions are
 * written, in their order. */
static char *
submission_make(struct proof *p, const char *name, size_t done)
{
	char *folder = format("%s/%s", p->folder, name);
	struct list files = { 0 };

	tree_remove(folder);
	lab_hole_files(p->lab, &files);
	for (size_t i = 0; i < files.n; i++) {
		char *to = format("%s/%s", folder, files.at[i]);
		char *text = file_as_done(p, files.at[i], done);

		file_write(to, text, strlen(text));
		free(text);
		free(to);
	}
	list_free(&files);
	return folder;
}

static void
submission_grade(struct proof *p, const char *folder, struct result *r)
{
	grade(&p->g, folder, "proof", 1, NULL, false, r);
	tree_remove(folder);
}

/* The names of the checks that were lost; to be freed. */
static char *
lost(const struct proof *p, const struct result *r)
{
	struct text t = { 0 };

	text_add(&t, "", 0);
	for (size_t i = 0; i < p->lab->n_checks; i++)
		if (r->check[i].verdict == VERDICT_LOST)
			text_addf(&t, "%s%s", t.len ? " " : "",
				p->lab->check[i].name);
	return t.s;
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
	char *folder = submission_make(p, "reference", ALL_DONE), *what;
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
	char *folder = submission_make(p, "starter", 0), *what;
	struct result r;

	submission_grade(p, folder, &r);
	what = lost(p, &r);
	tap(p, all_are(p, &r, VERDICT_LOST), "the starter gets no point", what);
	free(what);
	free(folder);
	result_free(&r);
}

/* -- Holes, one by one ----------------------------------------------------- */

static void
hole_cut_in(const char *folder, const struct hole *hole)
{
	char *path = format("%s/%s", folder, hole->path);
	char *text = file_read(path, NULL, SOURCE_MAX), *out;
	struct cut cut;

	if (cut_find(text, hole->function, &cut) != CUT_OK)
		die("%s: no function %s", path, hole->function);
	out = cut_replace(text, &cut, "\tlab_todo(\"proof\");\n");
	file_write(path, out, strlen(out));
	free(out);
	free(text);
	free(path);
}

/*
 * Without its hole, a check is lost.  Notes which others are, too: a function
 * that is not written ends whatever reaches it, and changes nothing else.
 */
static void
prove_hole(struct proof *p, size_t number)
{
	const struct hole *hole = &p->lab->hole[number];
	char *folder = submission_make(p, "hole", ALL_DONE), *what;
	char *name = format("%s has checks of its own", hole->function);
	unsigned own = 0, kept = 0;
	struct result r;

	hole_cut_in(folder, hole);
	submission_grade(p, folder, &r);
	for (size_t i = 0; i < p->lab->n_checks; i++) {
		const struct check *check = &p->lab->check[i];

		if (r.check[i].verdict != VERDICT_PASSED)
			p->last[i] = number;
		if (strcmp(check->hole, hole->function) != 0)
			continue;
		own++;
		kept += r.check[i].verdict == VERDICT_PASSED;
	}
	what = format("%u checks are its own, %u pass without it", own, kept);
	tap(p, own > 0 && kept == 0, name, what);
	free(what);
	what = lost(p, &r);
	printf("# without it are lost: %s\n", what);
	free(what);
	free(name);
	free(folder);
	result_free(&r);
}

/* The row of exercise number + 1 in the handout's table; to be freed. */
static char *
handout_row(const struct proof *p, const char *handout, size_t number)
{
	char *start = format(
		"\n| %zu | `%s` | ", number + 1, p->lab->hole[number].function);
	const char *at = strstr(handout, start);
	char *row =
		at ? format("%.*s", (int)strcspn(at + 1, "\n"), at + 1) : NULL;

	free(start);
	return row;
}

/*
 * Who does the exercises in their order is told which checks pass by then: the
 * row of each names its checks, and "(with N)" beside one that needs exercise
 * N as well, which comes later.
 */
static void
prove_row(struct proof *p, const char *handout, size_t number)
{
	char *row = handout_row(p, handout, number);
	const char *function = p->lab->hole[number].function;
	char *name =
		format("the handout says when the checks of %s pass", function);
	struct text wrong = { 0 };

	text_add(&wrong, "", 0);
	for (size_t i = 0; i < p->lab->n_checks; i++) {
		const struct check *check = &p->lab->check[i];
		bool later = p->last[i] > number;
		char *with =
			format("`%s` (with %zu)", check->name, p->last[i] + 1);
		char *alone = format("`%s` (with", check->name);
		char *named = format("`%s`", check->name);

		if (strcmp(check->hole, function) == 0 &&
			(!row || !strstr(row, later ? with : named) ||
				(!later && strstr(row, alone))))
			text_addf(&wrong, " %s", later ? with : named);
		free(named);
		free(alone);
		free(with);
	}
	tap(p, row && wrong.len == 0, name,
		row ? wrong.s : "its exercise is not in the table, or another");
	text_free(&wrong);
	free(name);
	free(row);
}

static void
prove_holes(struct proof *p)
{
	char *path = format("%s/%s/README.md", p->course.root, p->lab->folder);
	char *handout = file_read(path, NULL, SOURCE_MAX);

	if (!handout)
		die("%s: cannot be read", path);
	for (size_t i = 0; i < p->lab->n_holes; i++)
		prove_hole(p, i);
	for (size_t i = 0; i < p->lab->n_holes; i++)
		prove_row(p, handout, i);
	free(handout);
	free(path);
}

/* -- Mutants and cheaters -------------------------------------------------- */

/* The rest of the line that begins with key; to be freed. */
static char *
header(const char *path, const char *key)
{
	char *text = file_read(path, NULL, SOURCE_MAX);
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
	char *folder = submission_make(p, "mutant", ALL_DONE), *what, *is;
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

/* A cheater may be one of some labs alone: "# Labs: 04 05". */
static bool
cheater_is_of(const char *path, const struct lab *lab)
{
	char *text = file_read(path, NULL, SOURCE_MAX);
	const char *labs = text ? strstr(text, "\n# Labs: ") : NULL;
	char *number = format(" %02u", lab->number);
	char *line = labs
		? format("%.*s", (int)strcspn(labs + 1, "\n"), labs + 1)
		: NULL;
	bool is = !line || strstr(line, number);

	free(line);
	free(number);
	free(text);
	return is;
}

static void
prove_cheater(struct proof *p, const char *path)
{
	char *folder, *full, *named, *name, *what;
	struct result r;

	if (!cheater_is_of(path, p->lab))
		return; /* as a pattern has it */
	folder = submission_make(p, "cheater", 0);
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

/* -- The tree -------------------------------------------------------------- */

/* A body of this or a later lab that can still be read in the text. */
static const char *
solution_in(const struct proof *p, const char *text, const char *path,
	const char *reference)
{
	for (size_t l = 0; l < p->course.n_labs; l++) {
		const struct lab *lab = &p->course.lab[l];

		for (size_t i = 0; i < lab->n_holes; i++) {
			struct cut cut;
			char *body;
			bool found;

			if (lab->number < p->lab->number ||
				strcmp(lab->hole[i].path, path) != 0)
				continue;
			cut_find(reference, lab->hole[i].function, &cut);
			body = format("%.*s", (int)(cut.end - cut.start),
				reference + cut.start);
			found = strstr(text, body);
			free(body);
			if (found)
				return lab->hole[i].function;
		}
	}
	return NULL;
}

/* Put the bodies of the reference back into a starter's text. */
static char *
bodies_back(const struct proof *p, const char *path, char *text,
	const char *reference)
{
	for (size_t l = 0; l < p->course.n_labs; l++) {
		const struct lab *lab = &p->course.lab[l];

		for (size_t i = 0; i < lab->n_holes; i++)
			if (strcmp(lab->hole[i].path, path) == 0)
				text = body_back(
					text, reference, lab->hole[i].function);
	}
	return text;
}

static void
prove_tree(struct proof *p, const char *out)
{
	const char *back = NULL, *later = NULL, *solved = NULL;
	struct list files = { 0 };

	course_tree(&p->course, &files);
	for (size_t i = 0; i < files.n; i++) {
		char *in = format("%s/%s", out, files.at[i]);
		char *from = format("%s/%s", p->course.root, files.at[i]);
		char *text = file_read(in, NULL, SOURCE_MAX);
		char *reference = file_read(from, NULL, SOURCE_MAX);
		unsigned owner = course_owner(&p->course, files.at[i]);

		if (owner > p->lab->number && text &&
			!course_replaces(&p->course, files.at[i]))
			later = files.at[i];
		if (text && solution_in(p, text, files.at[i], reference))
			solved = files.at[i];
		if (text)
			text = bodies_back(p, files.at[i], text, reference);
		if (owner <= p->lab->number &&
			!course_replaces(&p->course, files.at[i]) &&
			!document_is(files.at[i]) &&
			(!text || strcmp(text, reference) != 0))
			back = files.at[i];
		free(text);
		free(reference);
		free(in);
		free(from);
	}
	tap(p, !back, "starter plus bodies is the reference", back);
	tap(p, !later, "no file of a later lab is handed out", later);
	tap(p, !solved, "no solution is handed out", solved);
	list_free(&files);
}

/* It builds without a word, and boots to its first lab_todo().  Unless anew,
 * with what the grader's tree was built of, which had no warning either. */
static void
prove_boot(struct proof *p, const char *folder, const char *tree, bool anew)
{
	static const char *const make[] = { "make", "-s", "-j2", "image",
		"V=", NULL };
	struct sandbox sb = { .tree = (char *)tree,
		.out = format("%s/out", folder),
		.writable = true,
		.slot = 1 };
	char *cmdline = format("cmd=%s",
		*p->lab->starts && strcmp(p->lab->starts, "none") != 0
			? p->lab->starts
			: "true");
	char *todo = format("lab_todo: %02u ", p->lab->number);
	bool none = strcmp(p->lab->starts, "none") == 0;
	struct sandbox_result r;
	struct machine_result m;
	char *ended, *base = format("%s/base/tree", p->g.scratch);

	if (!anew)
		base_take_over(base, tree);
	free(base);
	folder_make(sb.out);
	sandbox_give(&sb, folder);
	sandbox_run(&sb, make, 300, &r);
	tap(p, r.status == 0 && !strstr(r.err.s, "warning"),
		"the starter builds without a warning", r.err.s);
	machine_run(&sb, "build/droste", "build/initrd.tar", cmdline, 20000, "",
		&m);
	ended = machine_ended(&m);
	tap(p,
		none ? m.end == MACHINE_OFF
		     : m.console && strstr(m.console, todo),
		none ? "the starter boots; its exercises run on the host"
		     : "the starter boots to its first lab_todo",
		m.console && *m.console ? m.console : ended);
	machine_result_free(&m);
	sandbox_result_free(&r);
	free(ended);
	free(todo);
	free(cmdline);
	free(sb.out);
}

/* The reference, again and again: no verdict is a matter of luck. */
static void
prove_often(struct proof *p, unsigned times)
{
	for (unsigned i = 1; i <= times; i++) {
		char *when = format(", time %u", i);

		prove_reference(p, when);
		free(when);
	}
}

int
command_prove(int argc, char **argv)
{
	struct proof p = { .cases = 0 };
	bool full = argc > 2 && strcmp(argv[2], "full") == 0;
	bool starter = argc > 2 && strcmp(argv[2], "starter") == 0;
	bool cheaters = argc > 2 && strcmp(argv[2], "cheaters") == 0;
	bool mutants = argc > 2 && strcmp(argv[2], "mutants") == 0;
	bool often = argc > 2 && strcmp(argv[2], "reference") == 0;
	bool holes = argc > 2 && strcmp(argv[2], "holes") == 0;
	bool alone =
		mutants || cheaters || often || holes; /* the rest is proven */
	const char *which = argc > 3 ? argv[3] : "*";
	const char *which_cheaters = argc > 4 ? argv[4] : which;
	char *tree, *pattern, *mutant_folder;
	unsigned times = 0;

	if (argc < 2 || (often && argc < 4))
		die("grader prove LAB "
		    "quick|full|starter|holes|cheaters|mutants "
		    "[MUTANTS [CHEATERS]], or LAB reference TIMES");
	if (often)
		times = (unsigned)setting_number("TIMES", which, 1, TIMES_MAX);
	course_read(&p.course, ".");
	p.lab = course_lab(&p.course, argv[1]);
	mutant_folder = format("grading/mutants/%s", p.lab->name);
	if (!cheaters && !often && !holes && !full)
		require_named(p.lab, mutant_folder, which, ".patch");
	if (cheaters || argc > 4)
		require_named(p.lab, CHEATERS, which_cheaters, "");
	grading_prepare(
		&p.g, &p.course, p.lab, 20261101, NULL, !full && !alone);
	p.folder = format("%s/proof", p.g.scratch);
	tree = format("%s/tree", p.folder);
	handout_tree(&p.course, p.lab, tree);
	if (!alone)
		prove_tree(&p, tree);
	if (full || starter)
		prove_boot(&p, p.folder, tree, full);
	prove_reference(&p, "");
	if (!alone)
		prove_starter(&p);
	if (often)
		prove_often(&p, times);
	if (full || holes)
		prove_holes(&p);
	pattern = format("%s/%s.patch", mutant_folder, which);
	if (!cheaters && !often && !holes)
		for_each_file(&p, pattern, prove_mutant);
	free(pattern);
	pattern = format(CHEATERS "/%s", which_cheaters);
	if (full || cheaters || argc > 4)
		for_each_file(&p, pattern, prove_cheater);
	free(pattern);
	if (full || cheaters)
		prove_reference(&p, " at the end, too");
	printf("1..%u\n", p.cases);
	free(tree);
	free(mutant_folder);
	free(p.folder);
	grading_end(&p.g);
	course_free(&p.course);
	return p.failed > 0;
}
