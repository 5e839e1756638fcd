/* SPDX-License-Identifier: MIT */
/*
 * Base, build, checks; contracts in grade.h.
 *
 * Over 400 lines because a submission's way is told in one row.
 */
#include "grading/auto/grade.h"

#include "grading/auto/base.h"
#include "grading/auto/machine.h"
#include "grading/auto/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUILD_SECONDS	  240
#define CHECK_SECONDS	  60   /* a net */
#define CHECK_CPU_SECONDS 3    /* a check takes a tenth of one */
#define EVIDENCE_MAX	  2000 /* characters that are kept */
#define EXPECTED_MAX	  (8u << 20)

struct sandbox
sandbox_of(const char *folder, unsigned slot, bool writable)
{
	return (struct sandbox){ .tree = format("%s/tree", folder),
		.out = format("%s/out", folder),
		.slot = slot,
		.writable = writable };
}

void
sandbox_of_free(struct sandbox *sb)
{
	free(sb->tree);
	free(sb->out);
}

/* -- Building -------------------------------------------------------------- */

bool
grading_wants(
	const struct grading *g, const struct check *check, const char *only)
{
	if (g->quick && check->type == CHECK_SHELL)
		return false;
	return !only || strcmp(only, check->name) == 0;
}

/* The make targets that the lab's checks need. */
static void
lab_targets(const struct grading *g, const char *only, struct list *targets)
{
	const struct lab *lab = g->lab;

	for (size_t i = 0; i < lab->n_checks; i++) {
		const struct check *check = &lab->check[i];
		char *target;

		if (!grading_wants(g, check, only))
			continue;
		if (check->type == CHECK_SHELL)
			target = format("build/grade.tar");
		else
			target = format("build/%s/%s",
				check->type == CHECK_HOST ? "drivers"
							  : "kernels",
				check->driver);
		if (!list_has(targets, target))
			list_add(targets, target);
		free(target);
	}
}

char *
grade_build(const struct grading *g, const struct sandbox *sb, const char *only)
{
	struct list targets = { 0 };
	struct sandbox_result r;
	const char *argv[32] = { "make", "-k", g->steady ? "-j1" : "-j2",
		"-s" };
	size_t n = 4;
	char *messages;

	lab_targets(g, only, &targets);
	for (size_t i = 0; i < targets.n && n < 31; i++)
		argv[n++] = targets.at[i];
	argv[n] = NULL;
	sandbox_run(sb, argv, BUILD_SECONDS, &r);
	if (r.flooded)
		messages = format("the build printed without end");
	else if (r.timed_out)
		messages = format("the build did not end");
	else if (r.status != 0)
		messages = format("%.*s", EVIDENCE_MAX * 4, r.err.s);
	else
		messages = format("%s", "");
	sandbox_result_free(&r);
	list_free(&targets);
	return messages;
}

/* The first error of the messages; to be freed. */
static char *
build_error(const char *messages)
{
	const char *at = strstr(messages, "error:"), *start;

	if (!at)
		at = strstr(messages, "multiple definition");
	if (!at)
		at = strstr(messages, "undefined reference");
	if (!at)
		return format("%.*s", (int)strcspn(messages, "\n"), messages);
	for (start = at; start > messages && start[-1] != '\n';)
		start--;
	return format("%.*s", (int)strcspn(start, "\n"), start);
}

/* -- Checks ---------------------------------------------------------------- */

static void
set(char **field, const char *value)
{
	free(*field);
	*field = format("%s", value ? value : "");
}

/* The last part of what the code printed. */
static void
set_evidence(struct check_result *r, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	set(&r->evidence,
		len > EVIDENCE_MAX ? text + len - EVIDENCE_MAX : text);
}

/* The text with @SEED@ replaced; to be freed. */
static char *
with_seed(const char *text, uint64_t seed)
{
	const char *at = strstr(text, "@SEED@");

	if (!at)
		return format("%s", text);
	return format("%.*s%llu%s", (int)(at - text), text,
		(unsigned long long)(seed % 1000000007), at + 6);
}

/* What the driver said, to be freed; NULL: nothing that can be judged. */
static char *
run_host(const struct grading *g, const struct sandbox *sb,
	const struct check *check, struct check_result *r)
{
	char *program = format("build/drivers/%s", check->driver);
	char *seed = format("%llu", (unsigned long long)g->seed);
	const char *argv[] = { program, check->name, seed, NULL };
	struct sandbox limited = *sb;
	struct sandbox_result out;
	char *said;

	limited.cpu_seconds = CHECK_CPU_SECONDS;
	sandbox_run(&limited, argv, CHECK_SECONDS, &out);
	if (out.status == SANDBOX_CPU_STATUS)
		out.timed_out = true;
	set_evidence(r, out.err.s);
	r->unsteady = out.timed_out || out.flooded;
	if (out.timed_out)
		set(&r->why, "it did not end: an endless loop?");
	else if (out.flooded)
		set(&r->why, "it printed without end");
	else if (strstr(out.err.s, "lab_todo: "))
		set(&r->why, "it reached a function that is not written yet");
	else if (out.status >= 128)
		free(r->why),
			r->why = format("it died of signal %d (%s)",
				out.status - 128, strsignal(out.status - 128));
	else if (out.status != 0)
		free(r->why), r->why = format("it exited with %d", out.status);
	said = r->unsteady ? NULL : format("%s", out.out.s);
	sandbox_result_free(&out);
	free(program);
	free(seed);
	return said;
}

/* The lines of the console that are reports, which start with @, and what
 * was seen from outside. */
static char *
console_reports(const char *console, const char *witnessed)
{
	struct text t = { 0 };

	text_add(&t, "", 0);
	while (console && *console) {
		size_t len = strcspn(console, "\r\n");

		if (*console == '@')
			text_addf(&t, "%.*s\n", (int)len, console);
		console += len;
		console += strspn(console, "\r\n");
	}
	text_addf(&t, "%s", witnessed);
	return t.s;
}

static char *
run_machine(const struct grading *g, const struct sandbox *sb,
	const struct check *check, struct check_result *r)
{
	bool shell = check->type == CHECK_SHELL;
	char *command = with_seed(check->command, g->seed);
	char *cmdline = shell ? format("cmd=%s", command)
			      : format("check=%s seed=%llu", check->name,
					(unsigned long long)g->seed);
	char *kernel = shell ? format("build/droste")
			     : format("build/kernels/%s", check->driver);
	struct machine_result m;
	char *said;

	machine_run(sb, kernel, shell ? "build/grade.tar" : NULL, cmdline,
		check->budget, check->witness, &m);
	set_evidence(r, m.console);
	free(r->why);
	r->why = machine_ended(&m);
	said = shell ? console_reports(m.console, m.witnessed)
		     : format("%s", m.reports ? m.reports : "");
	if (m.end == MACHINE_HUNG || m.end == MACHINE_STUCK) {
		r->unsteady = true;
		free(said);
		said = NULL;
	}
	machine_result_free(&m);
	free(kernel);
	free(cmdline);
	free(command);
	return said;
}

static char *
expected_path(const struct grading *g, const struct check *check)
{
	if (g->student)
		return format("%s/%s/expected/%s", g->course->root,
			g->lab->folder, check->name);
	return format("%s/expected/%s", g->scratch, check->name);
}

/* The command that does just this check again, under GDB. */
static char *
reproduce(const struct grading *g, const struct check *check)
{
	char *command, *line;

	if (check->type == CHECK_HOST)
		return format("make build/drivers/%s && gdb --args "
			      "build/drivers/%s %s %llu",
			check->driver, check->driver, check->name,
			(unsigned long long)g->seed);
	if (check->type == CHECK_KERNEL)
		return format("make grade LAB=%02u ONLY=%s", g->lab->number,
			check->name);
	command = with_seed(check->command, g->seed);
	line = format("make %s CMD='%s'",
		strcmp(check->witness, "vmx") == 0
			? "run EMULATOR=bochs ICOUNT=1"
			: "gdb",
		command);
	free(command);
	return line;
}

/* The target of the check was built. */
static bool
is_built(const struct sandbox *sb, const struct check *check)
{
	char *path = format("%s/build/%s%s", sb->tree,
		check->type == CHECK_HOST	      ? "drivers/"
			: check->type == CHECK_KERNEL ? "kernels/"
						      : "grade.tar",
		check->type == CHECK_SHELL ? "" : check->driver);
	bool built = file_exists(path);

	free(path);
	return built;
}

static void
check_init(struct check_result *c)
{
	*c = (struct check_result){ .verdict = VERDICT_SKIPPED };
	set(&c->why, "");
	set(&c->where, "");
	set(&c->expected, "");
	set(&c->seen, "");
	set(&c->evidence, "");
	set(&c->reproduce, "");
}

void
result_init(
	struct result *r, const struct lab *lab, uint64_t seed, const char *who)
{
	*r = (struct result){ .lab = lab, .seed = seed };
	r->who = format("%s", who);
	r->build = format("%s", "");
	for (size_t i = 0; i < lab->n_checks; i++)
		check_init(&r->check[i]);
}

/* What an earlier check left in /out (a link, a pipe) is not read as what this
 * one said. */
static void
out_renew(const struct sandbox *sb)
{
	tree_remove(sb->out);
	folder_make(sb->out);
	sandbox_give(sb, sb->out);
}

/* Run one check; what it said, to be freed, or NULL. */
static char *
check_run(const struct grading *g, const struct sandbox *sb,
	const struct check *check, const char *messages, struct check_result *c)
{
	free(c->reproduce);
	c->reproduce = reproduce(g, check);
	if (!is_built(sb, check)) {
		free(c->why);
		c->why = build_error(messages);
		return NULL;
	}
	out_renew(sb);
	if (check->type == CHECK_HOST)
		return run_host(g, sb, check, c);
	return run_machine(g, sb, check, c);
}

static void
check_judge(const struct grading *g, const struct check *check,
	const char *said, struct check_result *c)
{
	char *path = expected_path(g, check);
	char *expected = file_read(path, NULL, EXPECTED_MAX);

	if (!expected)
		die("%s: there is nothing to compare with; the lab's own "
		    "course kit makes it (make handout)",
			path);
	c->verdict = VERDICT_LOST;
	if (said)
		judge(expected, said, c);
	if (c->verdict == VERDICT_LOST && !*c->why)
		set(&c->why, "it saw something else than it should");
	free(expected);
	free(path);
}

/* -- One submission -------------------------------------------------------- */

static void
work_make(const struct grading *g, struct sandbox *sb, unsigned slot,
	char **folder)
{
	char *base = format("%s/base/tree", g->scratch);

	*folder = format("%s/work-%u", g->scratch, slot);
	tree_remove(*folder);
	*sb = sandbox_of(*folder, slot, true);
	folder_make(sb->out);
	if (run(NULL, (const char *[]){ "cp", "-a", base, *folder, NULL }) != 0)
		die("cannot copy %s", base);
	free(base);
}

static void
progress_line(const struct grading *g, size_t i, const char *what)
{
	if (!isatty(2))
		return;
	fprintf(stderr, "\r[%zu/%zu] %-50.50s", i, g->lab->n_checks, what);
	if (i == g->lab->n_checks)
		fprintf(stderr, "\r%60s\r", "");
	fflush(stderr);
}

void
grade(const struct grading *g, const char *submission, const char *who,
	unsigned slot, const char *only, bool progress, struct result *r)
{
	uint64_t start = clock_ms();
	struct sandbox sb;
	char *folder;

	result_init(r, g->lab, g->seed, who);
	work_make(g, &sb, slot, &folder);
	if (submission)
		submission_take(g->lab, submission, sb.tree, &r->remarks);
	sandbox_give(&sb, folder);
	if (progress)
		progress_line(g, 0, "building");
	free(r->build);
	r->build = grade_build(g, &sb, only);
	sb.writable = false;
	for (size_t i = 0; i < g->lab->n_checks; i++) {
		const struct check *check = &g->lab->check[i];
		struct check_result *c = &r->check[i];
		char *said, *path;

		if (!grading_wants(g, check, only) || sandbox_is_over())
			continue;
		if (progress)
			progress_line(g, i + 1, check->name);
		said = check_run(g, &sb, check, r->build, c);
		if (g->keep_text) {
			if (!said || !*said)
				die("%s: the reference fails: %s", check->name,
					c->why);
			path = expected_path(g, check);
			file_write(path, said, strlen(said));
			free(path);
		}
		check_judge(g, check, said, c);
		free(said);
		if (c->verdict == VERDICT_PASSED)
			r->points += check->points;
		else if (sandbox_is_over())
			c->verdict = VERDICT_SKIPPED;
		if (g->tell && !g->keep_text)
			g->tell(g->tell_arg, r, i);
	}
	r->milliseconds = (unsigned)(clock_ms() - start);
	tree_remove(folder);
	sandbox_of_free(&sb);
	free(folder);
}

void
result_free(struct result *r)
{
	for (size_t i = 0; i < r->lab->n_checks; i++) {
		free(r->check[i].why);
		free(r->check[i].where);
		free(r->check[i].expected);
		free(r->check[i].seen);
		free(r->check[i].evidence);
		free(r->check[i].reproduce);
	}
	list_free(&r->remarks);
	free(r->build);
	free(r->who);
}

/* -- Getting ready --------------------------------------------------------- */

/* Observations of the reference, for the seed. */
static void
expected_make(struct grading *g, const char *only)
{
	struct result r;

	g->keep_text = true;
	grade(g, g->course->root, "reference", 0, only, false, &r);
	g->keep_text = false;
	result_free(&r);
}

void
grading_prepare(struct grading *g, const struct course *course,
	const struct lab *lab, uint64_t seed, const char *only, bool quick)
{
	char *marker = format("%s/tools/lab.mk", course->root);
	char *path, *text;

	*g = (struct grading){
		.course = course, .lab = lab, .seed = seed, .quick = quick
	};
	g->student = file_exists(marker);
	free(marker);
	sandbox_require();
	g->scratch = scratch_make();
	base_make(g);
	if (!g->student) {
		expected_make(g, only);
		return;
	}
	path = format("%s/%s/expected/seed", course->root, lab->folder);
	text = file_read(path, NULL, 64);
	if (!text)
		die("%s is missing: this tree cannot grade lab %02u", path,
			lab->number);
	g->seed = strtoull(text, NULL, 10);
	if (seed && seed != g->seed)
		die("SEED=%llu: this tree knows what the reference does for "
		    "SEED=%llu alone",
			(unsigned long long)seed, (unsigned long long)g->seed);
	free(text);
	free(path);
}

void
grading_end(struct grading *g)
{
	scratch_remove(g->scratch);
	free(g->scratch);
}
