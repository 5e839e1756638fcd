/* SPDX-License-Identifier: MIT */
/*
 * labs/ as instructors write it: read rightly, and each mistake is answered
 * with one line that says in which file, where, and what.
 */
/* links: grading/auto/lab.c grading/auto/programs.c
 * grading/auto/stop.c grading/auto/util.c */
/* libs: inih */
#include "grading/auto/lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/droste-lab-test-XXXXXX";

static void
put(const char *path, const char *text)
{
	char *full = format("%s/%s", root, path);

	file_write(full, text, strlen(text));
	free(full);
}

static const char good[] = "[lab]\n"
			   "title = Things\n"
			   "hours = 3\n"
			   "[check one]\n"
			   "driver = d\n"
			   "hole = thing_do\n"
			   "points = 4\n"
			   "; a comment\n"
			   "[check two]\n"
			   "type = shell\n"
			   "command = exercise all @SEED@\n"
			   "visibility = hidden\n"
			   "about = more\n";

/* A course of one lab, with nothing wrong. */
static int
setup(void **state)
{
	(void)state;
	put("labs/07-things/files", "# what is new\nthings/\nlib/a.c\n");
	put("labs/07-things/holes", "things/a.c: thing_do\n");
	put("labs/07-things/lab.ini", good);
	put("labs/course.ini",
		"[course]\nname = C\n[due]\n07 = 2026-11-02 10:30\n");
	put("labs/never", "things/secret/\n");
	put("grading/drivers/d.c", "");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tree_remove(root);
	return 0;
}

/* Read the course in a process of its own; what it says, to be freed. */
static char *
said(void)
{
	struct text t = { 0 };
	int fds[2], status;
	char buf[512];
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct course c;

		dup2(fds[1], 2);
		course_read(&c, root);
		_exit(0);
	}
	close(fds[1]);
	text_add(&t, "", 0);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		text_add(&t, buf, (size_t)n);
	close(fds[0]);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), t.len ? 2 : 0);
	return t.s;
}

/* The one line that is said has the words. */
static void
assert_says(const char *words)
{
	char *text = said(), *newline = strchr(text, '\n');

	if (!strstr(text, words))
		fail_msg("said '%s', not '%s'", text, words);
	assert_non_null(newline);
	assert_int_equal(newline[1], '\0');
	free(text);
}

/* The good lab.ini, with one text replaced, is answered with the words. */
static void
assert_ini(const char *from, const char *to, const char *words)
{
	const char *at = strstr(good, from);
	char *text;

	assert_non_null(at);
	text = format(
		"%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	put("labs/07-things/lab.ini", text);
	free(text);
	assert_says(words);
}

static void
a_lab_is_as_it_was_written(void **state)
{
	struct course c;
	const struct lab *lab;

	(void)state;
	course_read(&c, root);
	lab = course_lab(&c, "7");
	assert_ptr_equal(lab, course_lab(&c, "07"));
	assert_string_equal(lab->title, "Things");
	assert_int_equal(lab->n_checks, 2);
	assert_int_equal(lab->check[0].type, CHECK_HOST);
	assert_int_equal(lab->check[0].points, 4);
	assert_int_equal(lab->check[0].visibility, VISIBLE);
	assert_int_equal(lab->check[1].points, 1);
	assert_int_equal(lab->check[1].visibility, HIDDEN);
	assert_int_equal(lab_points(lab), 5);
	assert_string_equal(c.due[0], "2026-11-02 10:30");
	course_free(&c);
}

static void
the_longest_entry_says_whose_a_file_is(void **state)
{
	struct course c;

	(void)state;
	course_read(&c, root);
	assert_int_equal(course_owner(&c, "things/a.c"), 7);
	assert_int_equal(course_owner(&c, "things/secret/a.c"), OWNER_NOBODY);
	assert_int_equal(course_owner(&c, "lib/a.c"), 7);
	assert_int_equal(course_owner(&c, "lib/a.cc"), 0);
	assert_int_equal(course_owner(&c, "lib/b.c"), 0);
	assert_int_equal(course_owner(&c, "labs/07-things/holes"), 7);
	course_free(&c);
}

static void
a_wrong_setting_is_named_with_its_line(void **state)
{
	(void)state;
	assert_ini("points = 4", "points = -4",
		"lab.ini:7: points = -4: give a whole number");
	assert_ini("points = 4", "points = 4 or 5", "lab.ini:7: points");
	assert_ini("points = 4", "points =", "lab.ini:7: points");
	assert_ini("points = 4", "points = 99999999999999999999",
		"lab.ini:7: points");
	assert_ini("type = shell", "type = magic",
		"lab.ini:10: type = magic: it is host, kernel or shell");
	assert_ini("type = shell", "type = shell\nwitness = moon",
		"lab.ini:11: witness = moon: it is ring3, svm");
	assert_ini("= hidden", "= secret",
		"lab.ini:12: visibility = secret: it is visible");
	assert_ini("points = 4", "poinst = 4",
		"lab.ini:7: a check has no setting 'poinst'");
	assert_ini("hours = 3", "days = 3",
		"lab.ini:3: [lab] has no setting 'days'");
	assert_ini("[check two]", "[chekc two]",
		"lab.ini:10: no section is called [chekc two]");
	assert_ini("hole = thing_do\n", "hole thing_do\n",
		"lab.ini:6: this line is no 'setting = value'");
}

static void
the_first_mistake_is_the_one_that_is_named(void **state)
{
	(void)state;
	assert_ini("points = 4", "points = x\nbudget = y", "lab.ini:7: points");
}

static void
a_line_that_begins_with_a_space_is_no_setting(void **state)
{
	(void)state;
	assert_ini("points = 4", "  points = 4",
		"lab.ini:7: hole is set again in [check one]; or does the "
		"line begin with a space?");
	assert_ini("points = 4", "points = 4\npoints = 5", "lab.ini:8: points");
}

static void
a_name_of_a_check_is_no_path(void **state)
{
	(void)state;
	assert_ini("[check one]", "[check ../../one]",
		"lab.ini:5: [check ../../one]: a name has a to z");
	assert_ini("[check one]", "[check one;two]", "lab.ini:5: [check");
	assert_ini("[check one]", "[check ]", "lab.ini:");
}

static void
more_checks_than_fit_are_refused(void **state)
{
	struct text t = { 0 };

	(void)state;
	for (int i = 0; i < CHECKS_MAX + 1; i++)
		text_addf(&t, "[check c%d]\ndriver = d\n", i);
	put("labs/07-things/lab.ini", t.s);
	text_free(&t);
	assert_says("lab.ini:130: more than 64 checks");
}

static void
a_check_needs_a_driver_that_is_there(void **state)
{
	(void)state;
	assert_ini("driver = d\n", "", "lab.ini: [check one] needs a driver");
	assert_ini("command = exercise all @SEED@\n", "",
		"lab.ini: [check two] needs a command");
	assert_ini("driver = d\n", "driver = e\n",
		"[check one] has driver = e, but there is no ");
	assert_ini("driver = d\n", "driver = d\ntype = kernel\n",
		"grading/drivers/kernel/d.c");
}

static void
a_hole_of_a_check_is_one_of_the_lab(void **state)
{
	(void)state;
	assert_ini("hole = thing_do", "hole = thing_did",
		"[check one] has hole = thing_did, which is none of "
		"labs/07-things/holes");
}

static void
a_line_of_holes_is_a_path_and_a_function(void **state)
{
	(void)state;
	put("labs/07-things/holes", "things/a.c thing_do\n");
	assert_says("holes: 'things/a.c thing_do' is no 'path: function'");
}

static void
what_is_missing_is_named(void **state)
{
	char *path = format("%s/labs/07-things/files", root);

	(void)state;
	unlink(path);
	assert_says("07-things/files: cannot read it");
	free(path);
	tree_remove(root);
	assert_says("/labs: no labs there");
}

static void
a_due_date_is_of_a_lab(void **state)
{
	(void)state;
	put("labs/course.ini", "[due]\n08 = today\n");
	assert_says("course.ini:2: [due] names lab 08, and there is none");
	put("labs/course.ini", "[due]\nx = today\n");
	assert_says("course.ini:2: [due]");
	put("labs/course.ini", "[late]\npercent_a_day = ten\n");
	assert_says("course.ini:2: percent_a_day = ten: give a whole number");
}

/* There later labs are missing, but the dates are the whole course's. */
static void
a_student_may_know_dates_of_later_labs(void **state)
{
	char *text;

	(void)state;
	put("tools/lab.mk", "");
	put("labs/course.ini", "[due]\n08 = 2026-11-02 10:30\n");
	text = said();
	assert_string_equal(text, "");
	free(text);
}

static void
the_course_has_dates_that_are_and_sane_numbers(void **state)
{
	(void)state;
	put("labs/course.ini", "[course]\nname = C\n[due]\n07 = tomorrow\n");
	assert_says("course.ini:4: 07 = tomorrow: give a date as 2026-11-02");
	put("labs/course.ini", "[due]\n07 = 2026-02-31 10:00\n");
	assert_says("course.ini:2: 07 = 2026-02-31 10:00: give a date");
	put("labs/course.ini", "[due]\n07 = 2026-02-03 10:00 CET\n");
	assert_says("course.ini:2: 07 = 2026-02-03 10:00 CET: give a date");
	put("labs/course.ini", "[late]\npercent_a_day = 101\n");
	assert_says("course.ini:2: percent_a_day = 101: at most 100");
	put("labs/course.ini", "[course]\nseed = x\n");
	assert_says("course.ini:2: seed = x: give a whole number");
}

#define lab_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		lab_test(a_lab_is_as_it_was_written),
		lab_test(the_longest_entry_says_whose_a_file_is),
		lab_test(a_wrong_setting_is_named_with_its_line),
		lab_test(the_first_mistake_is_the_one_that_is_named),
		lab_test(a_line_that_begins_with_a_space_is_no_setting),
		lab_test(a_name_of_a_check_is_no_path),
		lab_test(more_checks_than_fit_are_refused),
		lab_test(a_check_needs_a_driver_that_is_there),
		lab_test(a_hole_of_a_check_is_one_of_the_lab),
		lab_test(a_line_of_holes_is_a_path_and_a_function),
		lab_test(what_is_missing_is_named),
		lab_test(a_due_date_is_of_a_lab),
		lab_test(the_course_has_dates_that_are_and_sane_numbers),
		lab_test(a_student_may_know_dates_of_later_labs),
	};

	if (!mkdtemp(root))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
