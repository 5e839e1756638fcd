/* SPDX-License-Identifier: MIT */
/* One round and two; contracts in leaks.h. */
#include "grading/auto/leaks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number in "frames in use: 123"; false: it could not be seen. */
static bool
in_use(const struct machine_result *r, long *frames)
{
	return r->witnessed &&
		sscanf(r->witnessed, "frames in use: %ld", frames) == 1;
}

static void
run_once(const struct sandbox *sb, const char *kernel, const char *initrd,
	const char *command, unsigned budget_ms, struct machine_result *r)
{
	char *cmdline = format("cmd=%s", command);

	machine_run(sb, kernel, initrd, cmdline, budget_ms, "frames", r);
	free(cmdline);
}

void
leaks_run(const struct sandbox *sb, const char *kernel, const char *initrd,
	const char *command, unsigned budget_ms, struct machine_result *r)
{
	char *twice = format("%s; %s", command, command), *lost = NULL;
	long before, after;

	run_once(sb, kernel, initrd, command, budget_ms, r);
	if (r->end == MACHINE_OFF && in_use(r, &before)) {
		machine_result_free(r);
		sandbox_renew(sb);
		run_once(sb, kernel, initrd, twice, budget_ms, r);
		if (in_use(r, &after) && after - before <= LEAKS_FEW)
			lost = format("frames that a second round keeps: "
				      "none\n");
		else if (in_use(r, &after))
			lost = format("frames that a second round keeps: "
				      "%ld\n",
				after - before);
	}
	if (lost) {
		free(r->witnessed);
		r->witnessed = lost;
	}
	free(twice);
}
