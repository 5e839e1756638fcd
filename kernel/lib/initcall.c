/* SPDX-License-Identifier: MIT */
/* Running the initcalls; initcall.h. */
#include "kernel/lib/initcall.h"

LINKSET_DECLARE(struct initcall, initcalls);

void
initcalls_run(void)
{
	const struct initcall *call;

	for (int stage = 0; stage < INIT_STAGES; stage++)
		linkset_for_each (call, initcalls)
			if ((int)call->stage == stage)
				call->fn();
}
