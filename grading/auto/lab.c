/* SPDX-License-Identifier: MIT */
/*
 * Reading labs/; contracts in lab.h.
 *
 * Over 400 lines because every setting of a lab is read here.
 */
#include "grading/auto/lab.h"

#include <glob.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_FILE   (1u << 20)
#define BUDGET_USUAL 20000 /* virtual ms */

/* What the ini reader's callback fills in. */
struct reader {
	const char *path;
	struct course *course;
	struct lab *lab;
};

static unsigned
number_of(const struct reader *r, const char *name, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value == '\0' || *end != '\0' || n > 1000000)
		die("%s: %s = %s: give a whole number", r->path, name, value);
	return (unsigned)n;
}

static enum visibility
visibility_of(const struct reader *r, const char *value)
{
	for (enum visibility v = VISIBLE; v <= HIDDEN; v++)
		if (strcmp(value, visibility_name(v)) == 0)
			return v;
	die("%s: visibility = %s: it is visible, after_due_date or hidden",
		r->path, value);
}

static enum check_type
type_of(const struct reader *r, const char *value)
{
	if (strcmp(value, "host") == 0)
		return CHECK_HOST;
	if (strcmp(value, "kernel") == 0)
		return CHECK_KERNEL;
	if (strcmp(value, "shell") == 0)
		return CHECK_SHELL;
	die("%s: type = %s: it is host, kernel or shell", r->path, value);
}

static void
set_text(char **field, const char *value)
{
	free(*field);
	*field = format("%s", value);
}

/* The check of a section, made when it is new. */
static struct check *
check_named(struct reader *r, const char *name)
{
	struct lab *lab = r->lab;
	struct check *check;

	for (size_t i = 0; i < lab->n_checks; i++)
		if (strcmp(lab->check[i].name, name) == 0)
			return &lab->check[i];
	if (lab->n_checks == CHECKS_MAX)
		die("%s: more than %d checks", r->path, CHECKS_MAX);
	check = &lab->check[lab->n_checks++];
	*check = (struct check){ .points = 1,
		.budget = lab->budget ? lab->budget : BUDGET_USUAL };
	check->name = format("%s", name);
	check->driver = format("%s", "");
	check->command = format("%s", "");
	check->hole = format("%s", "");
	check->witness = format("%s", "");
	check->about = format("%s", "");
	return check;
}

static void
check_set(struct reader *r, struct check *check, const char *name,
	const char *value)
{
	if (strcmp(name, "type") == 0)
		check->type = type_of(r, value);
	else if (strcmp(name, "driver") == 0)
		set_text(&check->driver, value);
	else if (strcmp(name, "command") == 0)
		set_text(&check->command, value);
	else if (strcmp(name, "hole") == 0)
		set_text(&check->hole, value);
	else if (strcmp(name, "witness") == 0)
		set_text(&check->witness, value);
	else if (strcmp(name, "about") == 0)
		set_text(&check->about, value);
	else if (strcmp(name, "points") == 0)
		check->points = number_of(r, name, value);
	else if (strcmp(name, "budget") == 0)
		check->budget = number_of(r, name, value);
	else if (strcmp(name, "visibility") == 0)
		check->visibility = visibility_of(r, value);
	else
		die("%s: a check has no setting '%s'", r->path, name);
}

static int
lab_entry(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;

	if (strncmp(section, "check ", 6) == 0) {
		check_set(r, check_named(r, section + 6), name, value);
	} else if (strcmp(section, "lab") == 0) {
		if (strcmp(name, "title") == 0)
			set_text(&r->lab->title, value);
		else if (strcmp(name, "starts") == 0)
			set_text(&r->lab->starts, value);
		else if (strcmp(name, "budget") == 0)
			r->lab->budget = number_of(r, name, value);
		else if (strcmp(name, "hours") != 0)
			die("%s: [lab] has no setting '%s'", r->path, name);
	} else {
		die("%s: no section is called [%s]", r->path, section);
	}
	return 1;
}

static int
course_entry(
	void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct course *c = r->course;

	if (strcmp(section, "course") == 0 && strcmp(name, "name") == 0) {
		set_text(&c->name, value);
	} else if (strcmp(section, "course") == 0 &&
		strcmp(name, "seed") == 0) {
		c->seed = strtoull(value, NULL, 0);
	} else if (strcmp(section, "late") == 0 &&
		strcmp(name, "percent_a_day") == 0) {
		c->late_percent_a_day = number_of(r, name, value);
	} else if (strcmp(section, "late") == 0 &&
		strcmp(name, "days_max") == 0) {
		c->late_days_max = number_of(r, name, value);
	} else if (strcmp(section, "due") == 0) {
		const struct lab *lab = course_lab(c, name);

		set_text(&c->due[lab - c->lab], value);
	} else {
		die("%s: [%s] has no setting '%s'", r->path, section, name);
	}
	return 1;
}

static void
read_ini(struct reader *r, ini_handler handler, const char *path)
{
	int err;

	r->path = path;
	err = ini_parse(path, handler, r);
	if (err > 0)
		die("%s:%d: this line is no setting", path, err);
	if (err < 0)
		die("%s: cannot read it", path);
}

/* The lines of a file that are not empty and no comments. */
static void
read_lines(const char *path, struct list *lines)
{
	char *text = file_read(path, NULL, SMALL_FILE), *save = NULL;

	if (!text)
		die("%s: cannot read it", path);
	for (char *line = strtok_r(text, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save))
		if (*line != '#')
			list_add(lines, line);
	free(text);
}

static void
read_holes(struct lab *lab, const char *path)
{
	struct list lines = { 0 };

	read_lines(path, &lines);
	lab->hole = calloc(lines.n + 1, sizeof(*lab->hole));
	if (!lab->hole)
		die("out of memory");
	for (size_t i = 0; i < lines.n; i++) {
		char *colon = strstr(lines.at[i], ": ");

		if (!colon)
			die("%s: '%s' is not 'path: function'", path,
				lines.at[i]);
		lab->hole[lab->n_holes++] = (struct hole){
			.path = format("%.*s", (int)(colon - lines.at[i]),
				lines.at[i]),
			.function = format("%s", colon + 2),
		};
	}
	list_free(&lines);
}

static void
lab_read(struct course *c, const char *folder)
{
	struct lab *lab = &c->lab[c->n_labs];
	struct reader r = { .course = c, .lab = lab };
	char *path;

	if (c->n_labs == LABS_MAX)
		die("labs/: more than %d labs", LABS_MAX);
	c->n_labs++;
	lab->folder = format("%s", strstr(folder, "labs/"));
	lab->name = format("%s", lab->folder + strlen("labs/"));
	lab->number = (unsigned)strtoul(lab->name, NULL, 10);
	lab->title = format("%s", lab->name);
	lab->starts = format("%s", "");
	path = format("%s/files", folder);
	read_lines(path, &lab->files);
	free(path);
	path = format("%s/holes", folder);
	read_holes(lab, path);
	free(path);
	path = format("%s/lab.ini", folder);
	read_ini(&r, lab_entry, path);
	free(path);
}

void
course_read(struct course *c, const char *root)
{
	struct reader r = { .course = c };
	glob_t found;
	char *pattern = format("%s/labs/[0-9][0-9]-*", root), *path;

	memset(c, 0, sizeof(*c));
	c->root = format("%s", root);
	c->name = format("Droste");
	if (glob(pattern, 0, NULL, &found) != 0)
		die("%s/labs: no labs there", root);
	for (size_t i = 0; i < found.gl_pathc; i++)
		lab_read(c, found.gl_pathv[i]);
	globfree(&found);
	free(pattern);
	path = format("%s/labs/never", root);
	if (file_exists(path))
		read_lines(path, &c->never);
	free(path);
	path = format("%s/labs/course.ini", root);
	if (file_exists(path))
		read_ini(&r, course_entry, path);
	free(path);
}

static void
lab_free(struct lab *lab)
{
	for (size_t i = 0; i < lab->n_checks; i++) {
		free(lab->check[i].name);
		free(lab->check[i].driver);
		free(lab->check[i].command);
		free(lab->check[i].hole);
		free(lab->check[i].witness);
		free(lab->check[i].about);
	}
	for (size_t i = 0; i < lab->n_holes; i++) {
		free(lab->hole[i].path);
		free(lab->hole[i].function);
	}
	free(lab->hole);
	list_free(&lab->files);
	free(lab->folder);
	free(lab->name);
	free(lab->title);
	free(lab->starts);
}

void
course_free(struct course *c)
{
	for (size_t i = 0; i < c->n_labs; i++) {
		lab_free(&c->lab[i]);
		free(c->due[i]);
	}
	list_free(&c->never);
	free(c->root);
	free(c->name);
}

const struct lab *
course_lab(const struct course *c, const char *number)
{
	char *end;
	unsigned long n = strtoul(number, &end, 10);

	for (size_t i = 0; *number && !*end && i < c->n_labs; i++)
		if (c->lab[i].number == n)
			return &c->lab[i];
	die("LAB=%s: there is no such lab; labs/ has 00 to %02u", number,
		c->lab[c->n_labs - 1].number);
}

/* The length of the longest entry that covers the path. */
static size_t
list_covers(const struct list *l, const char *path)
{
	size_t best = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *entry = l->at[i];
		size_t len = strlen(entry);
		bool covers = entry[len - 1] == '/'
			? strncmp(path, entry, len) == 0
			: strcmp(path, entry) == 0;

		if (covers && len > best)
			best = len;
	}
	return best;
}

unsigned
course_owner(const struct course *c, const char *path)
{
	size_t best = list_covers(&c->never, path);
	unsigned owner = best ? OWNER_NOBODY : 0;

	for (size_t i = 0; i < c->n_labs; i++) {
		const struct lab *lab = &c->lab[i];
		size_t len = strlen(lab->folder);

		if (strncmp(path, lab->folder, len) == 0 && path[len] == '/')
			return lab->number;
		len = list_covers(&lab->files, path);
		if (len > best) {
			best = len;
			owner = lab->number;
		}
	}
	return owner;
}

void
course_tree(const struct course *c, struct list *files)
{
	char *git = format("%s/.git", c->root), *out, *save = NULL;

	if (file_exists(git))
		out = run_read(
			c->root, (const char *[]){ "git", "ls-files", NULL });
	else
		out = run_read(c->root,
			(const char *[]){ "find", ".", "-name", "build*",
				"-type", "d", "-prune", "-o", "-type", "f",
				"-print", NULL });
	for (char *line = strtok_r(out, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save))
		list_add(files, strncmp(line, "./", 2) == 0 ? line + 2 : line);
	list_sort(files);
	free(out);
	free(git);
}

void
lab_hole_files(const struct lab *lab, struct list *files)
{
	for (size_t i = 0; i < lab->n_holes; i++)
		if (!list_has(files, lab->hole[i].path))
			list_add(files, lab->hole[i].path);
}

unsigned
lab_points(const struct lab *lab)
{
	unsigned sum = 0;

	for (size_t i = 0; i < lab->n_checks; i++)
		sum += lab->check[i].points;
	return sum;
}

const struct check *
lab_check(const struct lab *lab, const char *name)
{
	for (size_t i = 0; i < lab->n_checks; i++)
		if (strcmp(lab->check[i].name, name) == 0)
			return &lab->check[i];
	return NULL;
}

const char *
visibility_name(enum visibility v)
{
	static const char *const names[] = {
		[VISIBLE] = "visible",
		[AFTER_DUE_DATE] = "after_due_date",
		[HIDDEN] = "hidden",
	};

	return names[v];
}
