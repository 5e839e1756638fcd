/* SPDX-License-Identifier: MIT */
/*
 * Reading labs/; contracts in lab.h.
 *
 * Over 400 lines because every setting of a lab is read here.
 */
#include "grading/auto/lab.h"

#include <glob.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_FILE   (1u << 20)
#define BUDGET_USUAL 500 /* virtual ms */

/* What the ini reader's callback fills in. */
struct reader {
	const char *path;
	struct course *course;
	struct lab *lab;
	struct list seen; /* "[section] name", of all settings so far */
	char *wrong;	  /* what is wrong with the line; NULL: nothing */
};

/* Note what is wrong with this line; the library knows its number. */
static void __attribute__((format(printf, 2, 3)))
refuse(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	if (r->wrong)
		return;
	va_start(ap, fmt);
	if (vasprintf(&r->wrong, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
}

static unsigned
number_of(struct reader *r, const char *name, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end != '\0' || n > 1000000)
		refuse(r, "%s = %s: give a whole number, to 1000000", name,
			value);
	return (unsigned)n;
}

static enum visibility
visibility_of(struct reader *r, const char *value)
{
	for (enum visibility v = VISIBLE; v <= HIDDEN; v++)
		if (strcmp(value, visibility_name(v)) == 0)
			return v;
	refuse(r, "visibility = %s: it is visible, after_due_date or hidden",
		value);
	return VISIBLE;
}

static enum check_type
type_of(struct reader *r, const char *value)
{
	static const char *const names[] = { "host", "kernel", "shell" };

	for (enum check_type t = CHECK_HOST; t <= CHECK_SHELL; t++)
		if (strcmp(value, names[t]) == 0)
			return t;
	refuse(r, "type = %s: it is host, kernel or shell", value);
	return CHECK_HOST;
}

static const char *
witness_of(struct reader *r, const char *value)
{
	static const char *const names[] = { "", "ring3", "svm", "npt",
		"tables", "leaks", "vmcb", "shadow", "vmx" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(value, names[i]) == 0)
			return value;
	refuse(r,
		"witness = %s: it is ring3, svm, npt, tables, leaks, vmcb, "
		"shadow or vmx",
		value);
	return "";
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
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
			strlen(name) ||
		!*name)
		refuse(r, "[check %s]: a name has a to z, 0 to 9 and -", name);
	if (lab->n_checks == CHECKS_MAX)
		refuse(r, "more than %d checks", CHECKS_MAX);
	if (r->wrong)
		return NULL;
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
		set_text(&check->witness, witness_of(r, value));
	else if (strcmp(name, "about") == 0)
		set_text(&check->about, value);
	else if (strcmp(name, "points") == 0)
		check->points = number_of(r, name, value);
	else if (strcmp(name, "budget") == 0)
		check->budget = number_of(r, name, value);
	else if (strcmp(name, "visibility") == 0)
		check->visibility = visibility_of(r, value);
	else
		refuse(r, "a check has no setting '%s'", name);
}

/* A setting that is there twice was begun with a space, or copied. */
static void
note_seen(struct reader *r, const char *section, const char *name)
{
	char *key = format("[%s] %s", section, name);

	if (list_has(&r->seen, key))
		refuse(r,
			"%s is set again in [%s]; or does the line begin "
			"with a space?",
			name, section);
	list_add(&r->seen, key);
	free(key);
}

static void
check_entry(struct reader *r, const char *check_name, const char *name,
	const char *value)
{
	struct check *check = check_named(r, check_name);

	if (check)
		check_set(r, check, name, value);
}

static int
lab_entry(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;

	note_seen(r, section, name);
	if (strncmp(section, "check ", 6) == 0) {
		check_entry(r, section + 6, name, value);
	} else if (strcmp(section, "lab") == 0) {
		if (strcmp(name, "title") == 0)
			set_text(&r->lab->title, value);
		else if (strcmp(name, "starts") == 0)
			set_text(&r->lab->starts, value);
		else if (strcmp(name, "budget") == 0)
			r->lab->budget = number_of(r, name, value);
		else if (strcmp(name, "hours") == 0)
			r->lab->hours = number_of(r, name, value);
		else
			refuse(r, "[lab] has no setting '%s'", name);
	} else {
		refuse(r, "no section is called [%s]", section);
	}
	return !r->wrong;
}

/* A student's tree has no later labs, but the whole course's dates. */
static void
course_due(struct reader *r, const char *name, const char *value)
{
	struct course *c = r->course;
	char *marker = format("%s/tools/lab.mk", c->root), *end;
	unsigned long n = strtoul(name, &end, 10);
	bool known = file_exists(marker);
	const char *rest;
	int64_t date;

	for (size_t i = 0; !*end && i < c->n_labs; i++) {
		if (c->lab[i].number != n)
			continue;
		set_text(&c->due[i], value);
		known = true;
	}
	if (!known)
		refuse(r, "[due] names lab %s, and there is none", name);
	rest = date_parse(value, &date);
	if (!rest || *rest)
		refuse(r, "%s = %s: give a date as 2026-11-02 10:30, UTC", name,
			value);
	free(marker);
}

static void
course_seed(struct reader *r, const char *value)
{
	if (!number_parse(value, &r->course->seed))
		refuse(r, "seed = %s: give a whole number", value);
}

static void
course_percent(struct reader *r, const char *value)
{
	unsigned percent = number_of(r, "percent_a_day", value);

	if (percent > 100)
		refuse(r, "percent_a_day = %u: at most 100", percent);
	r->course->late_percent_a_day = percent;
}

static int
course_entry(
	void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	struct course *c = r->course;

	note_seen(r, section, name);
	if (strcmp(section, "course") == 0 && strcmp(name, "name") == 0) {
		set_text(&c->name, value);
	} else if (strcmp(section, "course") == 0 &&
		strcmp(name, "seed") == 0) {
		course_seed(r, value);
	} else if (strcmp(section, "late") == 0 &&
		strcmp(name, "percent_a_day") == 0) {
		course_percent(r, value);
	} else if (strcmp(section, "late") == 0 &&
		strcmp(name, "days_max") == 0) {
		c->late_days_max = number_of(r, name, value);
	} else if (strcmp(section, "due") == 0) {
		course_due(r, name, value);
	} else {
		refuse(r, "[%s] has no setting '%s'", section, name);
	}
	return !r->wrong;
}

static void
read_ini(struct reader *r, ini_handler handler, const char *path)
{
	int err;

	r->path = path;
	err = ini_parse(path, handler, r);
	if (err > 0)
		die("%s:%d: %s", path, err,
			r->wrong ? r->wrong
				 : "this line is no 'setting = value'");
	if (err < 0)
		die("%s: cannot read it", path);
	list_free(&r->seen);
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
			die("%s: '%s' is no 'path: function'", path,
				lines.at[i]);
		lab->hole[lab->n_holes++] = (struct hole){
			.path = format("%.*s", (int)(colon - lines.at[i]),
				lines.at[i]),
			.function = format("%s", colon + 2),
		};
	}
	list_free(&lines);
}

static bool
lab_has_hole(const struct lab *lab, const char *function)
{
	for (size_t i = 0; i < lab->n_holes; i++)
		if (strcmp(lab->hole[i].function, function) == 0)
			return true;
	return false;
}

/* What can be seen once all of a lab is read. */
static void
lab_verify(const struct course *c, const struct lab *lab, const char *path)
{
	for (size_t i = 0; i < lab->n_checks; i++) {
		const struct check *check = &lab->check[i];
		bool shell = check->type == CHECK_SHELL;
		char *driver = format("%s/grading/drivers/%s%s.c", c->root,
			check->type == CHECK_KERNEL ? "kernel/" : "",
			check->driver);

		if (!*(shell ? check->command : check->driver))
			die("%s: [check %s] needs a %s", path, check->name,
				shell ? "command" : "driver");
		if (!shell && !file_exists(driver))
			die("%s: [check %s] has driver = %s, but there is no "
			    "%s",
				path, check->name, check->driver, driver);
		if (*check->hole && !lab_has_hole(lab, check->hole))
			die("%s: [check %s] has hole = %s, which is none of "
			    "%s/holes",
				path, check->name, check->hole, lab->folder);
		free(driver);
	}
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
	lab_verify(c, lab, path);
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

bool
course_replaces(const struct course *c, const char *path)
{
	char *own = format("%s/labs/starter/%s", c->root, path);
	bool replaces = file_exists(own);

	free(own);
	return replaces;
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
