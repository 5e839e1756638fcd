/* SPDX-License-Identifier: MIT */
/* One check of a built tree; contracts in check.h. */
#include "grading/auto/check.h"

#include "grading/auto/diagnose.h"
#include "grading/auto/leaks.h"
#include "grading/auto/machine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_SECONDS	  60 /* a net */
#define CHECK_CPU_SECONDS 3  /* a check takes a tenth of one */
#define BEGIN_SECONDS	  20
#define EVIDENCE_MAX	  2000 /* characters that are kept */
#define EXPECTED_MAX	  (8u << 20)

/* The first error of the messages; to be freed. */
static char *
build_error(const char *messages)
{
	static const char *const signs[] = { "error:", "multiple definition",
		"undefined reference", "out of memory" };
	const char *at = NULL, *start;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		const char *sign = strstr(messages, signs[i]);

		if (sign && (!at || sign < at))
			at = sign;
	}
	if (!at)
		return format("%.*s", (int)strcspn(messages, "\n"), messages);
	for (start = at; start > messages && start[-1] != '\n';)
		start--;
	return format("%.*s", (int)strcspn(start, "\n"), start);
}

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

char *
check_command(const struct check *check, uint64_t seed)
{
	const char *text = check->command, *at;
	struct text t = { 0 };

	for (; (at = strstr(text, "@SEED@")); text = at + strlen("@SEED@"))
		text_addf(&t, "%.*s%llu", (int)(at - text), text,
			(unsigned long long)(seed % 1000000007));
	text_addf(&t, "%s", text);
	return t.s;
}

/* Why a driver ended as it did; NULL: as it should. */
static char *
host_ended(const struct sandbox_result *out)
{
	char *words = diagnose_last_words(out->err.s), *why = NULL;

	if (out->timed_out)
		why = format("it did not end: an endless loop?");
	else if (out->flooded)
		why = format("it printed without end");
	else if (words)
		why = format("it reached a %s", words);
	else if (out->status == 128 + SIGABRT && out->err.len > 0)
		why = format("it gave up: %.*s", (int)strcspn(out->err.s, "\n"),
			out->err.s);
	else if (out->status >= 128)
		why = format("it died of signal %d (%s)", out->status - 128,
			strsignal(out->status - 128));
	else if (out->status != 0)
		why = format("it exited with %d", out->status);
	free(words);
	return why;
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
	char *said, *why;

	limited.cpu_seconds = CHECK_CPU_SECONDS;
	limited.out = NULL; /* what is read there is read by the grader */
	sandbox_run(&limited, argv, CHECK_SECONDS, &out);
	if (out.status == SANDBOX_CPU_STATUS)
		out.timed_out = true;
	set_evidence(r, out.err.s);
	r->unsteady = out.timed_out || out.flooded;
	why = host_ended(&out);
	set(&r->why, why);
	if (out.timed_out || out.status >= 128) {
		free(r->stood);
		r->stood = diagnose_process(&limited, argv);
	}
	said = r->unsteady ? NULL : format("%s", out.out.s);
	sandbox_result_free(&out);
	free(why);
	free(program);
	free(seed);
	return said;
}

/*
 * Does the program reach its main()?  Without arguments that ends at once, but
 * not if what was handed in keeps it busy before.
 */
static bool
host_begins(const struct sandbox *sb, const struct check *check)
{
	char *program = format("build/drivers/%s", check->driver);
	const char *argv[] = { program, NULL };
	struct sandbox limited = *sb;
	struct sandbox_result out;
	bool begins;

	limited.cpu_seconds = 1;
	sandbox_run(&limited, argv, BEGIN_SECONDS, &out);
	begins = !out.timed_out && !out.flooded &&
		out.status != SANDBOX_CPU_STATUS;
	sandbox_result_free(&out);
	free(program);
	return begins;
}

/* One that loops may be followed by all of its driver: each would take all the
 * time that it is given. */
static char *
check_host(const struct grading *g, const struct sandbox *sb,
	const struct check *check, struct list *dead, struct check_result *c)
{
	char *said;

	if (list_has(dead, check->driver)) {
		c->unsteady = true;
		set(&c->why,
			"it did not end: the program never gets to its "
			"main()");
		return NULL;
	}
	said = run_host(g, sb, check, c);
	if (c->unsteady && !host_begins(sb, check))
		list_add(dead, check->driver);
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

/* How a machine ended, where, and what its guests did last. */
static void
set_machine_end(const struct sandbox *sb, const char *kernel,
	const struct machine_result *m, struct check_result *r)
{
	bool itself = m->end == MACHINE_STATUS && m->status == 0;
	char *words = itself ? diagnose_last_words(m->console) : NULL;

	free(r->why);
	r->why = words ? format("it reached a %s", words) : machine_ended(m);
	set(&r->stood, m->where.s);
	set(&r->exits, m->exits);
	if (itself) {
		free(r->stood);
		r->stood = diagnose_backtrace(sb, kernel, m->console);
	}
	free(words);
}

static char *
run_machine(const struct grading *g, const struct sandbox *sb,
	const struct check *check, struct check_result *r)
{
	bool shell = check->type == CHECK_SHELL;
	char *command = check_command(check, g->seed);
	char *cmdline = shell ? format("cmd=%s", command)
			      : format("check=%s seed=%llu", check->name,
					(unsigned long long)g->seed);
	char *kernel = shell ? format("build/droste")
			     : format("build/kernels/%s", check->driver);
	struct machine_result m;
	char *said;

	if (strcmp(check->witness, "leaks") == 0)
		leaks_run(sb, kernel, "build/grade.tar", command, check->budget,
			&m);
	else
		machine_run(sb, kernel, shell ? "build/grade.tar" : NULL,
			cmdline, check->budget, check->witness, &m);
	set_evidence(r, m.console);
	set_machine_end(sb, kernel, &m, r);
	said = shell ? console_reports(m.console, m.witnessed)
		     : format("%s%s", m.reports ? m.reports : "", m.witnessed);
	if (m.end == MACHINE_HUNG || m.end == MACHINE_STILL ||
		m.end == MACHINE_FLOODED || m.end == MACHINE_STUCK) {
		r->unsteady = true;
		free(said);
		said = NULL;
	}
	if (said && m.end == MACHINE_OFF && *check->witness && !*m.witnessed) {
		set(&r->why, "nothing was seen of it from outside");
		free(said);
		said = NULL;
	}
	machine_result_free(&m);
	free(kernel);
	free(cmdline);
	free(command);
	return said;
}

char *
check_expected(const struct grading *g, const struct check *check)
{
	if (g->student)
		return format("%s/%s/expected/%s", g->course->root,
			g->lab->folder, check->name);
	return format("%s/expected/%s", g->scratch, check->name);
}

char *
check_in_bochs(const struct check *check, uint64_t seed)
{
	char *shell, *command;

	if (strcmp(check->witness, "vmx") != 0)
		return NULL;
	shell = check_command(check, seed);
	command = format("make run EMULATOR=bochs ICOUNT=1 CMD=\"%s\"", shell);
	free(shell);
	return command;
}

/*
 * The command that does just this check again, under GDB, and stops where the
 * last line was said that was right.
 */
static char *
reproduce(const struct grading *g, const struct check *check, unsigned line)
{
	char *seed = format(" SEED=%llu", (unsigned long long)g->seed);
	char *stop = format(" LINE=%u", line);
	char *command = check_in_bochs(check, g->seed);

	if (!command)
		command = format("make debug LAB=%02u ONLY=%s%s%s",
			g->lab->number, check->name,
			line && check->type != CHECK_SHELL ? stop : "",
			g->student ? "" : seed);

	free(stop);
	free(seed);
	return command;
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

void
check_init(struct check_result *c)
{
	*c = (struct check_result){ .verdict = VERDICT_SKIPPED };
	set(&c->why, "");
	set(&c->where, "");
	set(&c->expected, "");
	set(&c->seen, "");
	set(&c->wrong, "");
	set(&c->stood, "");
	set(&c->exits, "");
	set(&c->evidence, "");
	set(&c->reproduce, "");
}

char *
check_run(const struct grading *g, const struct sandbox *sb,
	const struct check *check, const char *messages, struct list *dead,
	struct check_result *c)
{
	if (!is_built(sb, check)) {
		free(c->why);
		c->why = build_error(messages);
		return NULL;
	}
	sandbox_renew(sb);
	if (check->type == CHECK_HOST)
		return check_host(g, sb, check, dead, c);
	return run_machine(g, sb, check, c);
}

void
check_judge(const struct grading *g, const struct check *check,
	const char *said, struct check_result *c)
{
	char *path = check_expected(g, check);
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
	free(c->reproduce);
	c->reproduce = reproduce(g, check, c->line);
	free(expected);
	free(path);
}

bool
check_is_later(const struct grading *g, const struct check *check)
{
	return g->student && check->visibility != VISIBLE;
}

void
check_free(struct check_result *c)
{
	char *const texts[] = { c->why, c->where, c->expected, c->seen,
		c->wrong, c->stood, c->exits, c->evidence, c->reproduce };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
}
