/* SPDX-License-Identifier: MIT */
/*
 * Initcalls: work that a file wants done once at boot, without being named
 * in main.c.  They run in the order of their stage, on the boot CPU, in
 * thread context with interrupts on; a stage's order among files is open.
 */
#ifndef KERNEL_LIB_INITCALL_H
#define KERNEL_LIB_INITCALL_H

#include "kernel/lib/linkset.h"

enum initcall_stage {
	INIT_DEVICE, /* drivers: interrupts and memory work */
	INIT_FS,     /* file systems: devices work */
	INIT_LATE,   /* all the rest: files can be opened */
	INIT_STAGES
};

struct initcall {
	enum initcall_stage stage;
	const char *name;
	void (*fn)(void);
};

#define INITCALL(stage_, fn_)                                                  \
	LINKSET(struct initcall, initcalls, initcall_##fn_)                    \
	= { .stage = (stage_), .name = #fn_, .fn = (fn_) }

/* Run every initcall, stage by stage. */
void initcalls_run(void);

#endif
