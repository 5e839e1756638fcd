/* SPDX-License-Identifier: MIT */
/* QEMU and QMP; contracts in machine.h. */
#include "grading/auto/machine.h"

#include "grading/auto/bochs.h"
#include "grading/auto/diagnose.h"
#include "grading/auto/inspect.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WALL_MS	      180000u /* a net */
#define POLL_MS	      40
#define STILL_MS      5000u /* without an instruction, while QEMU answers */
#define STILL_ANSWERS 100   /* in that time */
#define EXITS_FEW     20    /* fewer than any guest that boots makes */

/* How many lines of the trace have the words, in this order. */
static unsigned
trace_count(FILE *trace, const char *first, const char *second)
{
	char line[512];
	unsigned n = 0;

	rewind(trace);
	while (fgets(line, sizeof(line), trace)) {
		const char *at = strstr(line, first);

		n += at && strstr(at, second);
	}
	return n;
}

/* What QEMU noted, as lines that can be compared; to be freed. */
static char *
witness_read(const struct sandbox *sb, const char *witness)
{
	struct text t = { 0 };
	char *path = format("%s/trace", sb->out);
	FILE *trace = *witness ? fopen(path, "r") : NULL;

	text_add(&t, "", 0);
	free(path);
	if (!trace)
		return t.s;
	if (strcmp(witness, "ring3") == 0)
		text_addf(&t, "the guest's kernel traps from ring 3: %s\n",
			trace_count(trace, "cpl=3 IP=", ":ffffffff8") >
					EXITS_FEW
				? "yes"
				: "no");
	else
		text_addf(&t, "the CPU leaves guests by #VMEXIT: %s\n",
			trace_count(trace, "vmexit(", "") > EXITS_FEW ? "yes"
								      : "no");
	if (strcmp(witness, "npt") == 0)
		text_addf(&t, "exits for page faults of the guest: %u\n",
			trace_count(trace, "vmexit(0000004e", ""));
	fclose(trace);
	return t.s;
}

/* The size of a file among what it wrote, in bytes. */
static off_t
written(const struct sandbox *sb, const char *name)
{
	char *path = format("%s/%s", sb->out, name);
	struct stat st;
	bool found = stat(path, &st) == 0;

	free(path);
	return found ? st.st_size : 0;
}

/* The same after its end as while it runs, so that it does not matter when
 * the host looks. */
static bool
is_flooded(const struct sandbox *sb)
{
	return written(sb, "console") > SANDBOX_OUTPUT_MAX ||
		written(sb, "reports") > SANDBOX_OUTPUT_MAX;
}

/* The machine's memory is read when it has ended. */
static bool
is_inspected(const char *witness)
{
	return strcmp(witness, "tables") == 0 ||
		strcmp(witness, "frames") == 0 ||
		strcmp(witness, "vmcb") == 0 || strcmp(witness, "shadow") == 0;
}

static void
machine_start(const struct sandbox *sb, const char *kernel, const char *initrd,
	const char *cmdline, const char *witness, struct qmp *q)
{
	bool ring3 =
		strcmp(witness, "ring3") == 0 || strcmp(witness, "shadow") == 0;
	const char *out = sandbox_out(sb);
	char *console = format("file:%s/console", out);
	char *reports = format("file:%s/reports", out);
	char *trace = format("%s/trace", out);
	const char *argv[] = { "qemu-system-x86_64", "-machine", "pc", "-accel",
		"tcg,tb-size=64", "-cpu", "max", "-m", "128", "-nodefaults",
		"-no-user-config", "-display", "none", "-no-reboot", "-action",
		"shutdown=pause", "-icount", "shift=0,sleep=off", "-seed", "42",
		"-rtc", "base=2020-01-01T00:00:00,clock=vm", "-device",
		"isa-debug-exit,iobase=0xf4,iosize=4", "-serial", console,
		"-debugcon", reports, "-chardev", "stdio,id=qmp,signal=off",
		"-mon", "chardev=qmp,mode=control", "-kernel", kernel,
		"-append", cmdline, "-D", trace, "-d",
		ring3		   ? "int"
			: *witness ? "in_asm"
				   : "guest_errors",
		/* of the code itself nothing is logged */
		"-dfilter", "0x1+0x1", initrd ? "-initrd" : NULL, initrd,
		NULL };

	*q = (struct qmp){ .closed = false };
	sandbox_start(sb, argv, &q->child);
	qmp_do(q, "qmp_capabilities");
	free(console);
	free(reports);
	free(trace);
}

/* For how long nothing has been executed. */
struct stillness {
	uint64_t instructions, since_ms;
	unsigned answers;
};

/*
 * A CPU whose exceptions never get to an instruction: a CR3 that is no address
 * leaves it so.  Its time stands, and so no budget ever ends it.  (A CPU that
 * waits in HLT executes nothing either, but then time goes on.)
 */
static bool
is_still(struct stillness *s, struct qmp *q, bool time_stands)
{
	if (!time_stands)
		s->answers = 0;
	else if (s->answers++ == 0)
		*s = (struct stillness){ qmp_instructions(q), clock_ms(), 1 };
	else if (s->answers >= STILL_ANSWERS &&
		clock_ms() - s->since_ms >= STILL_MS) {
		s->answers = 0;
		return qmp_instructions(q) == s->instructions;
	}
	return false;
}

/* Wait for the end, or end it: why then is in r->end. */
static void
machine_watch(const struct sandbox *sb, const char *kernel, unsigned budget_ms,
	struct qmp *q, struct machine_result *r)
{
	uint64_t deadline = sandbox_deadline(WALL_MS);
	struct stillness still = { 0 };

	while (!q->closed && !q->shutdown) {
		uint64_t now = qmp_time(q);
		bool stands = now == r->virtual_ms;

		if (now)
			r->virtual_ms = now;
		if (q->shutdown || q->closed)
			break;
		if (is_flooded(sb))
			r->end = MACHINE_FLOODED;
		else if (qmp_is_over(q, now, budget_ms))
			r->end = MACHINE_HUNG;
		else if (is_still(&still, q, stands))
			r->end = MACHINE_STILL;
		else if (clock_ms() > deadline)
			r->end = MACHINE_STUCK;
		if (r->end != MACHINE_STATUS) {
			diagnose_machine(sb, kernel, q, &r->where, &r->exits);
			break;
		}
		json_decref(qmp_answer(q, POLL_MS));
	}
	if (!q->shutdown || r->end != MACHINE_STATUS)
		return;
	r->end = q->reset ? MACHINE_RESET : MACHINE_OFF;
	r->virtual_ms = qmp_time(q);
	if (qmp_is_over(q, r->virtual_ms, budget_ms))
		r->end = MACHINE_HUNG;
	else if (q->reset)
		diagnose_machine(sb, kernel, q, &r->where, &r->exits);
}

/* The text of such a file; to be freed. */
static char *
written_text(const struct sandbox *sb, const char *name)
{
	char *path = format("%s/%s", sb->out, name);
	char *text = file_read(path, NULL, SANDBOX_FILE_MAX);

	free(path);
	return text;
}

/*
 * End QEMU, and take its exit status, unless the machine was ended.  The
 * debug-exit port ends QEMU 7.2 at once; QEMU 10 stops, as at a power-off, and
 * exits with that status when it is told to.
 */
static void
machine_conclude(
	const struct sandbox *sb, struct qmp *q, struct machine_result *r)
{
	bool exits;
	int status;

	if (r->end == MACHINE_OFF)
		qmp_quit(q);
	exits = q->closed && !q->broken &&
		(r->end == MACHINE_OFF || r->end == MACHINE_STATUS);
	if (q->broken && r->end == MACHINE_STATUS)
		r->end = MACHINE_STUCK;
	status = sandbox_end(&q->child, !exits);
	if (r->end == MACHINE_OFF && exits && status != 0)
		r->end = MACHINE_STATUS;
	if (is_flooded(sb))
		r->end = MACHINE_FLOODED;
	if (r->end == MACHINE_STATUS)
		r->status = status >> 1;
}

void
machine_run(const struct sandbox *sb, const char *kernel, const char *initrd,
	const char *cmdline, unsigned budget_ms, const char *witness,
	struct machine_result *r)
{
	struct text seen = { 0 };
	struct qmp q;

	if (strcmp(witness, "vmx") == 0) {
		bochs_run(sb, kernel, cmdline, budget_ms, r);
		return;
	}
	*r = (struct machine_result){ .end = MACHINE_STATUS };
	machine_start(sb, kernel, initrd, cmdline, witness, &q);
	machine_watch(sb, kernel, budget_ms, &q, r);
	text_add(&seen, "", 0);
	if (r->end == MACHINE_OFF && is_inspected(witness))
		inspect(sb, &q, kernel, witness, &seen);
	machine_conclude(sb, &q, r);
	text_free(&q.line);
	r->console = written_text(sb, "console");
	r->witnessed =
		is_inspected(witness) ? seen.s : witness_read(sb, witness);
	r->reports = written_text(sb, "reports");
}

void
machine_result_free(struct machine_result *r)
{
	text_free(&r->where);
	free(r->exits);
	free(r->console);
	free(r->reports);
	free(r->witnessed);
}

/* The panic or the lab_todo said nothing, or nothing that came out. */
static bool
is_silent(const struct machine_result *r)
{
	const char *console = r->console ? r->console : "";

	return console[strspn(console, " \r\n")] == '\0';
}

char *
machine_ended(const struct machine_result *r)
{
	switch (r->end) {
	case MACHINE_OFF:
		return format("the machine powered off");
	case MACHINE_RESET:
		return format("the machine reset itself: a triple fault");
	case MACHINE_STATUS:
		if (r->status != 0)
			return format(
				"the machine ended with status %d", r->status);
		return format("the kernel panicked, or reached a lab_todo%s",
			is_silent(r) ? ", and could not print which: does its "
				       "serial port work?"
				     : "");
	case MACHINE_FLOODED:
		return format("it printed without end");
	case MACHINE_HUNG:
		return format("it did not end within its budget of "
			      "instructions");
	case MACHINE_STILL:
		return format("the CPU executes no instruction any more: "
			      "exceptions without end; is its CR3 the address "
			      "of a table?");
	default:
		return format(
			"it did not end within %u s: a grading machine in "
			"trouble",
			WALL_MS / 1000);
	}
}
