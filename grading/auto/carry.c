/* SPDX-License-Identifier: MIT */
/* A student's earlier work in a new tree; contracts in carry.h. */
#include "grading/auto/carry.h"

#include "grading/auto/cut.h"
#include "grading/auto/grade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COMPILE_SECONDS 120

/* One file on its way. */
struct carried {
	const struct course *course;
	const struct lab *lab; /* the new one */
	const char *onto, *path;
	struct list *words;
	char *theirs; /* the student's text */
	char *ours;   /* the new tree's, with the reference's bodies */
	char *frame_theirs, *frame_ours; /* both, without the bodies */
	bool mixed; /* it holds exercises of the new lab, too */
	unsigned n; /* exercises that came over */
};

/* A word about the file; what: for the student or instructor to read. */
static void
say(struct carried *f, char *what)
{
	char *line = format("%s: %s", f->path, what);

	list_add(f->words, line);
	free(line);
	free(what);
}

/* The body of a function; to be freed.  NULL with *why: there is none. */
static char *
body_of(const char *text, const char *function, const char **why)
{
	struct cut cut;

	*why = NULL;
	switch (cut_find(text, function, &cut)) {
	case CUT_OK:
		return format(
			"%.*s", (int)(cut.end - cut.start), text + cut.start);
	case CUT_TWICE:
		*why = "is defined twice";
		break;
	case CUT_UNEVEN:
		*why = "has braces that do not pair up";
		break;
	case CUT_MISSING:
		*why = "is not there (its name and braces stand at column 0)";
		break;
	}
	return NULL;
}

/* Replace the body in *text, if the function is there. */
static void
body_put(char **text, const char *function, const char *body)
{
	struct cut cut;
	char *out;

	if (cut_find(*text, function, &cut) != CUT_OK)
		return;
	out = cut_replace(*text, &cut, body);
	free(*text);
	*text = out;
}

/* Call fn for each exercise of the file; later: also those from this lab on. */
static void
for_each_hole(struct carried *f, bool later,
	void (*fn)(struct carried *f, const struct lab *lab, const char *name))
{
	for (size_t l = 0; l < f->course->n_labs; l++) {
		const struct lab *lab = &f->course->lab[l];

		if (!later && lab->number >= f->lab->number)
			continue;
		for (size_t i = 0; i < lab->n_holes; i++)
			if (strcmp(lab->hole[i].path, f->path) == 0)
				fn(f, lab, lab->hole[i].function);
	}
}

/* Take one body over into `ours`, or say why not; and the other way round. */
static void
carry_body(struct carried *f, const struct lab *lab, const char *function)
{
	const char *why;
	char *body = body_of(f->theirs, function, &why), *reference;

	(void)lab;
	if (body && strstr(body, "lab_todo(\"")) {
		free(body);
		body = NULL;
		why = "is not written yet";
	}
	if (body) {
		body_put(&f->ours, function, body);
		f->n++;
	} else {
		say(f,
			format("%s() %s: the reference's is in its place",
				function, why));
		reference = body_of(f->ours, function, &why);
		if (reference)
			body_put(&f->theirs, function, reference);
		free(reference);
	}
	free(body);
}

/* The first line of `whole` that `text` has not, in this order; NULL: none. */
static char *
line_missing(const char *whole, const char *text)
{
	while (*whole) {
		size_t len = strcspn(whole, "\n") + 1;
		const char *at = text;

		while (*at && strncmp(at, whole, len) != 0)
			at += strcspn(at, "\n") + (strchr(at, '\n') != NULL);
		if (!*at)
			return format("%.*s", (int)len - 1, whole);
		text = at + len;
		whole += len;
	}
	return NULL;
}

static void
frame_cut(struct carried *f, const struct lab *lab, const char *function)
{
	f->mixed |= lab->number >= f->lab->number;
	body_put(&f->frame_theirs, function, "");
	body_put(&f->frame_ours, function, "");
}

/* May the student's file take the place of the course's as a whole? */
static bool
comes_whole(struct carried *f)
{
	char *missing;
	bool whole;

	f->frame_theirs = format("%s", f->theirs);
	f->frame_ours = format("%s", f->ours);
	for_each_hole(f, true, frame_cut);
	missing = line_missing(f->frame_ours, f->frame_theirs);
	whole = !missing && !f->mixed;
	if (missing)
		say(f,
			format("outside of the exercises it is not the "
			       "course's "
			       "file of this lab (which has the line '%s'): "
			       "only the bodies of its exercises came over",
				missing + strspn(missing, "\t ")));
	free(missing);
	free(f->frame_theirs);
	free(f->frame_ours);
	return whole;
}

/* Where else in their tree an exercise of the file stands; NULL: nowhere. */
static char *
moved_to(const struct carried *f)
{
	const char *argv[] = { "find", f->onto, "-type", "f", "-name", "*.c",
		"-size", "-256k", "-printf", "%P\\n", NULL };
	char *files = run_read(NULL, argv), *save = NULL, *found = NULL;

	for (char *path = strtok_r(files, "\n", &save); path && !found;
		path = strtok_r(NULL, "\n", &save)) {
		const char *problem;
		char *text = submission_file(f->onto, path, &problem);

		for (size_t l = 0; text && l < f->course->n_labs; l++) {
			const struct lab *lab = &f->course->lab[l];
			struct cut cut;

			for (size_t i = 0; !found && i < lab->n_holes; i++)
				if (strcmp(lab->hole[i].path, f->path) == 0 &&
					cut_find(text, lab->hole[i].function,
						&cut) == CUT_OK)
					found = format("%s", path);
		}
		free(text);
	}
	free(files);
	return found;
}

static void
file_absent(struct carried *f, const char *problem)
{
	char *moved = moved_to(f);

	if (moved)
		say(f,
			format("%s, and its exercises are in %s, which the "
			       "course does not take: move them back; the "
			       "reference's file is in its place",
				problem, moved));
	else
		say(f,
			format("%s: the reference's file is in its place",
				problem));
	free(moved);
}

static unsigned
carry_file(const struct course *c, const struct lab *lab, const char *out,
	const char *onto, const char *path, struct list *words)
{
	struct carried f = {
		.course = c,
		.lab = lab,
		.onto = onto,
		.path = path,
		.words = words,
	};
	char *to = format("%s/%s", out, path);
	const char *problem, *text;

	f.theirs = submission_file(onto, path, &problem);
	f.ours = file_read(to, NULL, COURSE_FILE_MAX);
	if (!f.ours)
		die("%s: cannot read it", to);
	if (f.theirs) {
		bool whole = comes_whole(&f);

		for_each_hole(&f, false, carry_body);
		text = whole ? f.theirs : f.ours;
		file_write(to, text, strlen(text));
	} else {
		file_absent(&f, problem);
	}
	free(f.theirs);
	free(f.ours);
	free(to);
	return f.n;
}

/* Add the first error in each file that does not compile. */
static void
compile(const char *out, const struct list *files, struct list *words)
{
	const char *argv[64] = { "make", "-k", "-s", "B=/out/b" };
	char scratch[] = "/tmp/droste-carry-XXXXXX", *save = NULL;
	struct sandbox sb = { .slot = 1 };
	struct sandbox_result r;
	struct list targets = { 0 }, named = { 0 };
	size_t n = 4;

	if (!mkdtemp(scratch) || chmod(scratch, 0711) != 0)
		die("cannot make a folder in /tmp");
	sb.tree = format("%s/tree", scratch);
	sb.out = format("%s/out", scratch);
	folder_make(sb.out);
	if (run(NULL, (const char *[]){ "cp", "-a", out, sb.tree, NULL }) != 0)
		die("cannot copy %s", out);
	sandbox_give(&sb, scratch);
	for (size_t i = 0; i < files->n && n < 63; i++) {
		char *target = format("/out/b/obj/%.*s.o",
			(int)strlen(files->at[i]) - 2, files->at[i]);

		list_add(&targets, target);
		free(target);
	}
	for (size_t i = 0; i < targets.n && n < 63; i++)
		argv[n++] = targets.at[i];
	sandbox_run(&sb, argv, COMPILE_SECONDS, &r);
	for (char *line = strtok_r(r.err.s, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save)) {
		char *file = format("%.*s", (int)strcspn(line, ":"), line);

		if (strstr(line, "error:") && !list_has(&named, file)) {
			char *word = format("it does not compile: %s", line);

			list_add(&named, file);
			list_add(words, word);
			free(word);
		}
		free(file);
	}
	sandbox_result_free(&r);
	tree_remove(scratch);
	list_free(&targets);
	list_free(&named);
	free(sb.tree);
	free(sb.out);
}

unsigned
carry_over(const struct course *c, const struct lab *lab, const char *out,
	const char *onto, struct list *words)
{
	struct list files = { 0 };
	unsigned n = 0;

	for (size_t l = 0; l < c->n_labs; l++)
		if (c->lab[l].number < lab->number)
			lab_hole_files(&c->lab[l], &files);
	for (size_t i = 0; i < files.n; i++)
		n += carry_file(c, lab, out, onto, files.at[i], words);
	sandbox_require();
	compile(out, &files, words);
	list_free(&files);
	return n;
}
