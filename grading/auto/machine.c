/* SPDX-License-Identifier: MIT */
/* QEMU and QMP; contracts in machine.h. */
#include "grading/auto/machine.h"

#include "grading/auto/bochs.h"

#include "grading/auto/scratch.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WALL_MS	     180000u /* a net */
#define POLL_MS	     40
#define LINE_MAX_QMP 65536
#define PM_TIMER     0x608 /* of QEMU's PIIX4 */
#define PM_HZ	     3579545.0
#define PM_WRAP	     (1u << 24)
#define RTC_START    1577836800 /* 2020-01-01, as the command line says */
#define SAMPLES	     6
#define EXITS_FEW    20 /* fewer than any guest that boots makes */

struct qmp {
	struct sandbox_child child;
	struct text line; /* read so far */
	bool closed, shutdown, reset;
};

/* Take one whole line; false: none within ms. */
static bool
qmp_line(struct qmp *q, int ms, char **line)
{
	uint64_t deadline = clock_ms() + (uint64_t)ms;

	for (;;) {
		char *end = q->line.len ? memchr(q->line.s, '\n', q->line.len)
					: NULL;
		struct pollfd fd = { q->child.out, POLLIN, 0 };
		uint64_t now = clock_ms();
		char buf[4096];
		ssize_t n;

		if (end) {
			size_t len = (size_t)(end - q->line.s) + 1;

			*line = format("%.*s", (int)len, q->line.s);
			memmove(q->line.s, end + 1, q->line.len - len + 1);
			q->line.len -= len;
			return true;
		}
		if (q->closed || now >= deadline ||
			poll(&fd, 1, (int)(deadline - now)) <= 0)
			return false;
		n = read(q->child.out, buf, sizeof(buf));
		if (n <= 0 || q->line.len > LINE_MAX_QMP)
			q->closed = true;
		else
			text_add(&q->line, buf, (size_t)n);
	}
}

static void
qmp_event(struct qmp *q, json_t *message)
{
	const char *event =
		json_string_value(json_object_get(message, "event"));
	json_t *data = json_object_get(message, "data");
	const char *reason = json_string_value(json_object_get(data, "reason"));

	if (!event || strcmp(event, "SHUTDOWN") != 0)
		return;
	q->shutdown = true;
	q->reset = reason && strcmp(reason, "guest-reset") == 0;
}

/* The next answer, events noted on the way; NULL: none. */
static json_t *
qmp_answer(struct qmp *q, int ms)
{
	char *line;

	while (qmp_line(q, ms, &line)) {
		json_t *message = json_loads(line, 0, NULL);
		json_t *answer = json_object_get(message, "return");

		free(line);
		qmp_event(q, message);
		if (answer)
			json_incref(answer);
		else if (json_object_get(message, "error"))
			answer = json_null();
		json_decref(message);
		if (answer)
			return answer;
	}
	return NULL;
}

/* A command, whose arguments are JSON or NULL; NULL: QEMU is gone. */
static json_t *
qmp_command(struct qmp *q, const char *name, const char *arguments)
{
	char *line = format("{\"execute\":\"%s\"%s%s}\n", name,
		arguments ? ",\"arguments\":" : "", arguments ? arguments : "");
	size_t len = strlen(line);
	bool sent = write(q->child.in, line, len) == (ssize_t)len;

	free(line);
	return sent ? qmp_answer(q, 30000) : NULL;
}

static void
qmp_do(struct qmp *q, const char *name)
{
	json_decref(qmp_command(q, name, NULL));
}

/* A command of the monitor; its text, to be freed; NULL: QEMU is gone. */
static char *
qmp_monitor(struct qmp *q, const char *command)
{
	char *arguments = format("{\"command-line\":\"%s\"}", command);
	json_t *answer = qmp_command(q, "human-monitor-command", arguments);
	char *text = NULL;

	if (json_is_string(answer))
		text = format("%s", json_string_value(answer));
	json_decref(answer);
	free(arguments);
	return text;
}

static long
tm_field(json_t *tm, const char *name)
{
	return (long)json_integer_value(json_object_get(tm, name));
}

/* Virtual milliseconds since the start; 0: QEMU is gone. */
static uint64_t
qmp_time(struct qmp *q)
{
	json_t *tm = qmp_command(q, "qom-get",
		"{\"path\":\"/machine\",\"property\":\"rtc-time\"}");
	char *port = qmp_monitor(q, "i /1wx 0x608"), *value;
	double seconds, fine = 0;
	struct tm date = { .tm_year = (int)tm_field(tm, "tm_year"),
		.tm_mon = (int)tm_field(tm, "tm_mon"),
		.tm_mday = (int)tm_field(tm, "tm_mday"),
		.tm_hour = (int)tm_field(tm, "tm_hour"),
		.tm_min = (int)tm_field(tm, "tm_min"),
		.tm_sec = (int)tm_field(tm, "tm_sec") };
	double whole = (double)(timegm(&date) - RTC_START), turns;

	if (!json_is_object(tm) || !port) {
		json_decref(tm);
		free(port);
		return 0;
	}
	json_decref(tm);
	value = strstr(port, "= ");
	if (value)
		fine = (double)(strtoul(value + 2, NULL, 16) % PM_WRAP) / PM_HZ;
	free(port);
	/* the RTC knows the second, the timer where in its turn we are */
	turns = (whole + 0.5 - fine) * PM_HZ / PM_WRAP;
	turns = turns < 0 ? 0 : (double)(uint64_t)(turns + 0.5);
	seconds = turns * PM_WRAP / PM_HZ + fine;
	return (uint64_t)(seconds * 1000);
}

/* A register of `info registers`. */
static uint64_t
register_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

void
machine_say_where(const struct sandbox *sb, uint64_t rip, struct text *where)
{
	char *address = format("0x%llx", (unsigned long long)rip);
	const char *argv[] = { "addr2line", "-f", "-s", "-e",
		"build/droste.debug", address, NULL };
	struct sandbox_result r;
	char *newline;

	sandbox_run(sb, argv, 20, &r);
	newline = strchr(r.out.s, '\n');
	if (newline && newline[1] != '?')
		text_addf(where, "  %.*s, %.*s\n", (int)(newline - r.out.s),
			r.out.s, (int)strcspn(newline + 1, "\n"), newline + 1);
	else
		text_addf(where, "  %s, not in the kernel\n", address);
	sandbox_result_free(&r);
	free(address);
}

/* Where a machine that does not end spends its time. */
static void
diagnose(const struct sandbox *sb, struct qmp *q, struct text *where)
{
	uint64_t seen[SAMPLES];
	unsigned n = 0;

	for (unsigned i = 0; i < SAMPLES && !q->closed; i++) {
		char *text;
		uint64_t rip;
		bool known = false;

		qmp_do(q, "stop");
		text = qmp_monitor(q, "info registers");
		if (!text)
			break;
		rip = register_of(text, "RIP=");
		for (unsigned k = 0; k < n; k++)
			known |= seen[k] == rip;
		if (n == 0)
			text_addf(where, "interrupts %s, CPL %llu, %s\n",
				register_of(text, "RFL=") & 0x200 ? "on"
								  : "off",
				(unsigned long long)register_of(text, "CPL="),
				strstr(text, "HLT=1") ? "halted" : "running");
		if (!known) {
			seen[n++] = rip;
			machine_say_where(sb, rip, where);
		}
		free(text);
		qmp_do(q, "cont");
	}
}

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

static void
machine_start(const struct sandbox *sb, const char *kernel, const char *initrd,
	const char *cmdline, const char *witness, struct qmp *q)
{
	bool ring3 = strcmp(witness, "ring3") == 0;
	const char *argv[] = { "qemu-system-x86_64", "-machine", "pc", "-accel",
		"tcg,tb-size=64", "-cpu", "max", "-m", "128", "-nodefaults",
		"-no-user-config", "-display", "none", "-no-reboot", "-action",
		"shutdown=pause", "-icount", "shift=0,sleep=off", "-seed", "42",
		"-rtc", "base=2020-01-01T00:00:00,clock=vm", "-device",
		"isa-debug-exit,iobase=0xf4,iosize=4", "-serial",
		"file:/out/console", "-debugcon", "file:/out/reports",
		"-chardev", "stdio,id=qmp,signal=off", "-mon",
		"chardev=qmp,mode=control", "-kernel", kernel, "-append",
		cmdline, "-D", "/out/trace", "-d",
		ring3		   ? "int"
			: *witness ? "in_asm"
				   : "guest_errors",
		/* of the code itself nothing is logged */
		"-dfilter", "0x1+0x1", initrd ? "-initrd" : NULL, initrd,
		NULL };

	*q = (struct qmp){ .closed = false };
	sandbox_start(sb, argv, &q->child);
	qmp_do(q, "qmp_capabilities");
}

void
machine_run(const struct sandbox *sb, const char *kernel, const char *initrd,
	const char *cmdline, unsigned budget_ms, const char *witness,
	struct machine_result *r)
{
	uint64_t deadline = sandbox_deadline(WALL_MS);
	char *path;
	struct qmp q;
	int status;

	if (strcmp(witness, "vmx") == 0) {
		bochs_run(sb, cmdline, budget_ms, r);
		return;
	}
	*r = (struct machine_result){ .end = MACHINE_STATUS };
	machine_start(sb, kernel, initrd, cmdline, witness, &q);
	while (!q.closed && !q.shutdown) {
		uint64_t now = qmp_time(&q);

		stop_check();
		if (now)
			r->virtual_ms = now;
		if (q.shutdown || q.closed)
			break;
		if (now > budget_ms || clock_ms() > deadline) {
			r->end = now > budget_ms ? MACHINE_HUNG : MACHINE_STUCK;
			diagnose(sb, &q, &r->where);
			break;
		}
		json_decref(qmp_answer(&q, POLL_MS));
	}
	if (q.shutdown && r->end == MACHINE_STATUS) {
		r->end = q.reset ? MACHINE_RESET : MACHINE_OFF;
		r->virtual_ms = qmp_time(&q);
		if (r->virtual_ms > budget_ms)
			r->end = MACHINE_HUNG;
	}
	status = sandbox_end(&q.child, r->end != MACHINE_STATUS);
	if (r->end == MACHINE_STATUS)
		r->status = status >> 1;
	text_free(&q.line);
	path = format("%s/console", sb->out);
	r->console = file_read(path, NULL, SANDBOX_FILE_MAX);
	free(path);
	r->witnessed = witness_read(sb, witness);
	path = format("%s/reports", sb->out);
	r->reports = file_read(path, NULL, SANDBOX_FILE_MAX);
	free(path);
}

void
machine_result_free(struct machine_result *r)
{
	text_free(&r->where);
	free(r->console);
	free(r->reports);
	free(r->witnessed);
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
		return r->status == 0
			? format("the kernel panicked, or reached a lab_todo")
			: format("the machine ended with status %d", r->status);
	case MACHINE_HUNG:
		return format("it did not end within its budget of "
			      "instructions; it was at\n%s",
			r->where.s ? r->where.s : "");
	default:
		return format("the grading machine is in trouble: no verdict "
			      "within %u s",
			WALL_MS / 1000);
	}
}
