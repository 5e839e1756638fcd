/* SPDX-License-Identifier: MIT */
/* Bochs by tools/run; contracts in bochs.h. */
#include "grading/auto/bochs.h"

#include "grading/auto/diagnose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void
bochs_run(const struct sandbox *sb, const char *kernel, const char *cmdline,
	unsigned budget_ms, struct machine_result *r)
{
	char *command = format("CMD=%s", cmdline + strlen("cmd="));
	char *ticks = format("TICKS=%llu", TICKS_A_MS * budget_ms);
	char *look = format("VMEXITS=%d", EXITS_LOOKED);
	const char *argv[] = { "env", "EMULATOR=bochs", "ICOUNT=1", "SMP=1",
		"MEM=128", ticks, look, command, "tools/run", "-k", kernel,
		"-i", "build/grade.tar", NULL };
	struct sandbox_result out;
	const char *seen;

	*r = (struct machine_result){ .end = MACHINE_STATUS };
	sandbox_run(sb, argv, WALL_SECONDS, &out);
	bochs_end(sb, kernel, &out, r);
	seen = strstr(out.err.s, RUN_EXITS);
	r->witnessed = format("the CPU leaves guests by VM exit: %s\n",
		seen && atoi(seen + strlen(RUN_EXITS)) >= EXITS_LOOKED ? "yes"
								       : "no");
	r->console = format("%s", out.out.s);
	r->reports = format("%s", "");
	sandbox_result_free(&out);
	free(command);
	free(ticks);
	free(look);
}
