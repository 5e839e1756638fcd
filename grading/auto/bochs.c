/* SPDX-License-Identifier: MIT */
/* Bochs by tools/run; contracts in bochs.h. */
#include "grading/auto/bochs.h"

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

static void
bochs_end(const struct sandbox *sb, const struct sandbox_result *out,
	struct machine_result *r)
{
	const char *at;

	r->end = MACHINE_STATUS;
	if (out->timed_out || out->status == RUN_REFUSED) {
		r->end = MACHINE_STUCK;
	} else if (out->flooded) {
		r->end = MACHINE_HUNG;
		text_addf(&r->where, "  it printed without end\n");
	} else if (out->status == RUN_OVER) {
		r->end = MACHINE_HUNG;
		at = strstr(out->err.s, RUN_OVER_TEXT);
		if (at) /* digits, with _ between the halves */
			machine_say_where(sb,
				strtoull(at + strlen(RUN_OVER_TEXT), NULL, 16)
						<< 32 |
					strtoull(at + strlen(RUN_OVER_TEXT) + 9,
						NULL, 16),
				&r->where);
	} else if (out->status == RUN_RESET) {
		r->end = MACHINE_RESET;
	} else if (out->status == 0) {
		r->end = MACHINE_OFF;
	} else {
		r->status = out->status == RUN_PANIC ? 0 : out->status;
	}
}

void
bochs_run(const struct sandbox *sb, const char *cmdline, unsigned budget_ms,
	struct machine_result *r)
{
	char *command = format("CMD=%s", cmdline + strlen("cmd="));
	char *ticks = format("TICKS=%llu", TICKS_A_MS * budget_ms);
	char *look = format("VMEXITS=%d", EXITS_LOOKED);
	const char *argv[] = { "env", "EMULATOR=bochs", "ICOUNT=1", "SMP=1",
		"MEM=128", ticks, look, command, "tools/run", "-i",
		"build/grade.tar", NULL };
	struct sandbox_result out;
	const char *seen;

	*r = (struct machine_result){ .end = MACHINE_STATUS };
	sandbox_run(sb, argv, WALL_SECONDS, &out);
	bochs_end(sb, &out, r);
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
