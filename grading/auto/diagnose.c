/* SPDX-License-Identifier: MIT */
/* GDB, seen through a sandbox; contracts in diagnose.h. */
#include "grading/auto/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GDB_SECONDS 30 /* a net */
#define HANG_CPU_S  1  /* a driver that ends takes a tenth of it */
#define CALLS_MAX   8
#define LINE_CUT    110
#define ADDRESSES   12
#define SAMPLES	    6

static int
length(const char *line)
{
	size_t len = strcspn(line, "\r\n");

	return (int)(len < LINE_CUT ? len : LINE_CUT);
}

/* Without what a compiler's or GDB's way of speaking puts around a place. */
static void
place_add(struct text *t, const char *name, int name_len, const char *at,
	const char *indent)
{
	if (strncmp(at, "./", 2) == 0)
		at += 2;
	text_addf(t, "%s%.*s, %.*s\n", indent, name_len, name,
		(int)strcspn(at, " \r\n"), at);
}

static const char *
next(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

char *
diagnose_last_words(const char *printed)
{
	static const char *const marks[] = { "lab_todo: ", "panic: " };
	const char *first = NULL;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *found = printed ? strstr(printed, marks[i]) : NULL;

		if (found && (!first || found < first))
			first = found; /* what comes after it came of it */
	}
	return first ? format("%.*s", length(first), first) : NULL;
}

/* -- What GDB says --------------------------------------------------------- */

/*
 * A line of GDB's backtrace, "#1  0xffff... in f (a=1) at dir/file.c:12", as
 * "f, dir/file.c:12".
 */
static void
calls_add(struct text *calls, const char *line)
{
	const char *end = line + strcspn(line, "\n"), *at, *name;
	char *copy = format("%.*s", (int)(end - line), line);
	size_t len;

	name = strstr(copy, " in ");
	name = name ? name + 4 : copy + strcspn(copy, " ");
	name += strspn(name, " ");
	len = strcspn(name, " (");
	at = strstr(name, ") at ");
	if (at &&
		(strncmp(at, ") at ./", 7) == 0 ||
			strncmp(at, ") at ../", 8) == 0))
		; /* the C library's own */
	else if (strncmp(name, "<signal handler", 15) == 0)
		text_addf(calls, "a trap, from\n");
	else if (at)
		place_add(calls, name, (int)len, at + 5, "");
	free(copy);
}

static char *
calls_of(const char *said)
{
	struct text calls = { 0 };
	unsigned n = 0;

	text_add(&calls, "", 0);
	for (const char *line = said; *line && n < CALLS_MAX;
		line = next(line)) {
		size_t before = calls.len;

		if (*line == '#')
			calls_add(&calls, line);
		n += calls.len > before;
	}
	return calls.s;
}

/* What `vmexits` of vmm/exits.gdb printed. */
static char *
exits_of(const char *said)
{
	struct text exits = { 0 };

	text_add(&exits, "", 0);
	for (const char *line = said; *line; line = next(line))
		if (strncmp(line, "VM ", 3) == 0 ||
			strncmp(line, "  VMEXIT_", 9) == 0 ||
			strncmp(line, "  the last ", 11) == 0)
			text_addf(&exits, "%.*s\n", length(line), line);
	return exits.s;
}

/* -- Processes ------------------------------------------------------------- */

char *
diagnose_process(const struct sandbox *sb, const char *const *argv)
{
	const char *gdb[] = { "gdb", "-q", "-batch", "-nx", "-iex",
		"set auto-load off", "-ex", "set debuginfod enabled off", "-ex",
		"handle SIGXCPU stop print nopass", "-ex", "run", "-ex",
		"backtrace", "--args", argv[0], argv[1], argv[2], NULL };
	struct sandbox limited = *sb;
	struct sandbox_result r;
	char *calls;

	limited.cpu_seconds = HANG_CPU_S;
	sandbox_run(&limited, gdb, GDB_SECONDS, &r);
	calls = calls_of(r.out.s);
	sandbox_result_free(&r);
	return calls;
}

/* -- Machines -------------------------------------------------------------- */

/* The file with the symbols of the kernel that ran, and of no other. */
static char *
symbols_of(const char *kernel)
{
	return format("%s%s", kernel,
		strcmp(kernel, "build/droste") == 0 ? ".debug" : "");
}

/* "function, file:line" for addresses, by the image's debug symbols. */
static void
say_where(const struct sandbox *sb, const char *symbols, const uint64_t *rip,
	unsigned n, struct text *where)
{
	char address[SAMPLES][24];
	const char *argv[SAMPLES + 8] = { "addr2line", "-f", "-e", symbols };
	struct sandbox_result r;
	const char *line;

	for (unsigned i = 0; i < n; i++) {
		snprintf(address[i], sizeof(address[i]), "0x%llx",
			(unsigned long long)rip[i]);
		argv[4 + i] = address[i];
	}
	sandbox_run(sb, argv, 20, &r);
	line = r.out.s;
	for (unsigned i = 0; i < n && *line; i++) {
		int name = (int)strcspn(line, "\n");
		const char *at = line + name + (line[name] == '\n');
		int place = (int)strcspn(at, "\n");

		if (*at && *at != '?')
			place_add(where, line, name, at, "  ");
		else
			text_addf(
				where, "  %s, not in the kernel\n", address[i]);
		line = at + place + (at[place] == '\n');
	}
	sandbox_result_free(&r);
}

void
diagnose_place(const struct sandbox *sb, const char *kernel, uint64_t rip,
	struct text *where)
{
	char *symbols = symbols_of(kernel);

	say_where(sb, symbols, &rip, 1, where);
	free(symbols);
}

/* What the registers say at once. */
static void
say_state(const char *registers, bool reset, struct text *where)
{
	bool on = qmp_register(registers, "RFL=") & 0x200;
	bool halted = strstr(registers, "HLT=1");

	text_addf(where, "interrupts %s, CPL %llu, %s\n", on ? "on" : "off",
		(unsigned long long)qmp_register(registers, "CPL="),
		!halted	     ? "running"
			: on ? "halted"
			     : "halted for ever: no interrupt can wake it");
	if (reset)
		text_addf(where, "rip %llx, rsp %llx, cr2 %llx, cr3 %llx\n",
			(unsigned long long)qmp_register(registers, "RIP="),
			(unsigned long long)qmp_register(registers, "RSP="),
			(unsigned long long)qmp_register(registers, "CR2="),
			(unsigned long long)qmp_register(registers, "CR3="));
}

/* Who called, and what the guests did last, by GDB at QEMU's stub. */
static void
say_calls(const struct sandbox *sb, const char *symbols, struct qmp *q,
	struct text *where, char **exits)
{
	const char *out = sandbox_out(sb);
	char *server = format("gdbserver unix:%s/gdb,server=on,wait=off", out);
	char *target = format("target remote %s/gdb", out);
	const char *gdb[] = { "gdb", "-q", "-batch", "-nx", "-iex",
		"set auto-load off", "-x", ".gdbinit", "-x", "vmm/exits.gdb",
		"-ex", "set debuginfod enabled off", "-ex", target, "-ex",
		"backtrace 8", "-ex", "vmexits", symbols, NULL };
	struct sandbox_result r;
	char *calls;

	free(qmp_monitor(q, server));
	sandbox_run(sb, gdb, GDB_SECONDS, &r);
	calls = calls_of(r.out.s);
	*exits = exits_of(r.out.s);
	sandbox_result_free(&r);
	if (*next(calls))
		text_addf(where, "called by\n");
	for (const char *line = next(calls); *line; line = next(line))
		text_addf(where, "  %.*s\n", length(line), line);
	free(calls);
	free(target);
	free(server);
}

void
diagnose_machine(const struct sandbox *sb, const char *kernel, struct qmp *q,
	struct text *where, char **exits)
{
	char *symbols = symbols_of(kernel), *text;
	uint64_t seen[SAMPLES];
	unsigned n = 0;

	for (unsigned i = 0; i < (q->shutdown ? 1 : SAMPLES); i++) {
		uint64_t rip;
		bool known = false;

		if (i > 0)
			qmp_do(q, "cont");
		qmp_do(q, "stop");
		text = qmp_monitor(q, "info registers");
		if (!text)
			break;
		if (i == 0)
			say_state(text, q->shutdown, where);
		rip = qmp_register(text, "RIP=");
		for (unsigned k = 0; k < n; k++)
			known |= seen[k] == rip;
		if (!known)
			seen[n++] = rip;
		free(text);
	}
	if (n > 0) {
		say_where(sb, symbols, seen, n, where);
		say_calls(sb, symbols, q, where, exits);
	}
	free(symbols);
}

/*
 * The numbers of a printed backtrace; how many.  All are where a call returns
 * to, so the call is before them; but for the first one of a trap.
 */
static size_t
backtrace_read(const char *printed, char addresses[ADDRESSES][20])
{
	const char *line = printed ? strstr(printed, "backtrace:") : NULL;
	bool trap = line && strstr(printed, " in the kernel, error ");
	size_t n = 0;

	while (line && n < ADDRESSES) {
		line = next(line);
		if (strncmp(line, "  ", 2) != 0 ||
			strspn(line + 2, "0123456789abcdef") != 16)
			break;
		snprintf(addresses[n], 20, "0x%llx",
			strtoull(line + 2, NULL, 16) - (n > 0 || !trap));
		n++;
	}
	return n;
}

char *
diagnose_backtrace(
	const struct sandbox *sb, const char *kernel, const char *printed)
{
	char addresses[ADDRESSES][20];
	size_t n = backtrace_read(printed, addresses);
	char *symbols = symbols_of(kernel);
	const char *argv[ADDRESSES + 8] = { "addr2line", "-f", "-p", "-e",
		symbols };
	struct text calls = { 0 };
	struct sandbox_result r;

	text_add(&calls, "", 0);
	if (!n) { /* it would wait for some */
		free(symbols);
		return calls.s;
	}
	for (size_t i = 0; i < n; i++)
		argv[5 + i] = addresses[i];
	argv[5 + n] = NULL;
	sandbox_run(sb, argv, GDB_SECONDS, &r);
	for (const char *line = r.out.s; *line; line = next(line)) {
		const char *at = strstr(line, " at ");

		if (at && *line != '?')
			place_add(&calls, line, (int)(at - line), at + 4, "");
	}
	sandbox_result_free(&r);
	free(symbols);
	return calls.s;
}
