/* SPDX-License-Identifier: MIT */
/* Bochs by tools/run; contracts in bochs.h. */
#include "grading/auto/bochs.h"

#include "grading/auto/diagnose.h"
#include "grading/auto/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WALL_SECONDS 180 /* a net */
#define EXITS_LOOKED 5	 /* a guest that boots makes more */
#define TICKS_A_MS   1000000ull

/* How tools/run exits: see there. */
#define RUN_PANIC     128
#define RUN_RESET     129
#define RUN_OVER      142
#define RUN_REFUSED   255
#define RUN_EXITS     "droste: VM exits seen: "
#define RUN_OVER_TEXT "it was at "

/* In the debugger's words.  The mark ends the answer to a command, ptime's. */
#define STOPPED	   ") Breakpoint 2, "
#define MARK	   "\nptime: "
#define COMMAND	   "%s\nptime\n"
#define SHOW	   "show \"VMX\""
#define IN_GUEST   " in_vmx_guest = true"
#define GUESTS_MAX 16

struct debugger {
	struct sandbox_child child;
	struct sandbox_result said;
	uint64_t deadline;
};

/* The address in "ffffffff_80100000", as the debugger prints it. */
static uint64_t
split_address(const char *text)
{
	char *end;
	uint64_t high = strtoull(text, &end, 16);

	return *end == '_' ? high << 32 | strtoull(end + 1, NULL, 16) : high;
}

static void
bochs_end(const struct sandbox *sb, const char *kernel,
	const struct sandbox_result *out, struct machine_result *r)
{
	const char *at = strstr(out->err.s, RUN_OVER_TEXT);

	r->end = MACHINE_STATUS;
	if (out->timed_out || out->status == RUN_REFUSED)
		r->end = MACHINE_STUCK;
	else if (out->flooded)
		r->end = MACHINE_FLOODED;
	else if (out->status == RUN_OVER)
		r->end = MACHINE_HUNG;
	else if (out->status == RUN_RESET)
		r->end = MACHINE_RESET;
	else if (out->status == 0)
		r->end = MACHINE_OFF;
	else if (out->status != RUN_PANIC)
		r->status = out->status;
	if (out->status == RUN_OVER && at)
		diagnose_place(sb, kernel,
			split_address(at + strlen(RUN_OVER_TEXT)), &r->where);
}

/* Its answer; NULL: it has ended, and what it said at its end is in d->said. */
static const char *
ask(struct debugger *d, const char *command)
{
	char *text;
	size_t len;
	bool sent;

	if (d->child.err < 0 || d->said.timed_out || d->said.flooded)
		return NULL;
	text = format(COMMAND, command);
	len = strlen(text);
	text_free(&d->said.err);
	sent = write(d->child.in, text, len) == (ssize_t)len;
	free(text);
	return sandbox_listen(
		       &d->child, d->deadline, sent ? MARK : NULL, &d->said)
		? d->said.err.s
		: NULL;
}

/* Lines such as "0x07f90000 <bogus+0>:\t0x0000002b\t0x00000001". */
static bool
bochs_fetch(void *from, uint64_t addr, uint64_t *words)
{
	unsigned n = 0;
	char *command = format(
		"xp /%llugx 0x%llx", FRAME_WORDS, (unsigned long long)addr);
	const char *at = ask(from, command);

	free(command);
	while (at && n < FRAME_WORDS && (at = strstr(at, ">:\t")))
		for (at += 2; *at == '\t' && n < FRAME_WORDS; n++)
			words[n] = strtoull(at + 1, (char **)&at, 16);
	return n == FRAME_WORDS;
}

/* Wait until it stands still; at its power-off: what guest is there?  Then let
 * it end. */
static void
bochs_inspect(struct debugger *d, const struct image *image, struct text *t)
{
	struct memory *m = frames_new(bochs_fetch, d);
	const char *vmx = ask(d, SHOW);

	/* a guest's address may be taken for the host's (docs/errata.md, B8) */
	for (unsigned i = 0; i < GUESTS_MAX && vmx && strstr(vmx, STOPPED) &&
		strstr(vmx, IN_GUEST);
		i++)
		vmx = ask(d, "c\n" SHOW);
	if (vmx && strstr(vmx, STOPPED)) {
		char *kept = format("%s", vmx);

		inspect_vmcs(m, kept, image, t);
		free(kept);
		ask(d, "c");
	}
	ask(d, "q");
	frames_free(m);
}

void
bochs_run(const struct sandbox *sb, const char *kernel, const char *cmdline,
	unsigned budget_ms, struct machine_result *r)
{
	struct image image;
	bool known = image_read(sb, kernel, &image);
	char *stop = format("STOPAT=0x%llx",
		(unsigned long long)(known ? image.power_off - KERNEL_BASE
					   : 0));
	char *command = format("CMD=%s", cmdline + strlen("cmd="));
	char *ticks = format("TICKS=%llu", TICKS_A_MS * budget_ms);
	char *look = format("VMEXITS=%d", EXITS_LOOKED);
	const char *argv[] = { "env", "EMULATOR=bochs", "ICOUNT=1", "SMP=1",
		"MEM=128", ticks, look, stop, command, "tools/run", "-k",
		kernel, "-i", "build/grade.tar", NULL };
	struct debugger d = { .deadline = sandbox_deadline(
				      1000ull * WALL_SECONDS) };
	struct text found = { 0 };
	const char *seen;

	*r = (struct machine_result){ .end = MACHINE_STATUS };
	text_add(&found, "", 0);
	sandbox_start(sb, argv, &d.child);
	bochs_inspect(&d, &image, &found);
	sandbox_leave(&d.child, &d.said);
	bochs_end(sb, kernel, &d.said, r);
	seen = strstr(d.said.err.s, RUN_EXITS);
	r->witnessed = format("the CPU leaves guests by VM exit: %s\n%s",
		seen && atoi(seen + strlen(RUN_EXITS)) >= EXITS_LOOKED ? "yes"
								       : "no",
		found.s);
	r->console = format("%s", d.said.out.s);
	r->reports = format("%s", "");
	sandbox_result_free(&d.said);
	text_free(&found);
	free(command);
	free(ticks);
	free(look);
	free(stop);
}
