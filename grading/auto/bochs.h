/* SPDX-License-Identifier: MIT */
/*
 * A student's kernel in Bochs, which has VMX and EPT, where QEMU has none.
 *
 * Time is counted here, too: a tick is an instruction, and a nanosecond of
 * the machine.  Bochs' own debugger ends the machine when the budget is over,
 * at the same instruction in every run, and it stops at the first VM exits:
 * that they happened is Bochs' word, not the kernel's.  When the kernel is
 * about to power off, at power_off(), the debugger is asked for the VMCS and
 * for the frames that inspect_vmcs() wants to see.
 */
#ifndef GRADING_AUTO_BOCHS_H
#define GRADING_AUTO_BOCHS_H

#include "grading/auto/machine.h"

/*
 * Run a kernel (a path in the sandbox) with build/grade.tar and a command line
 * that begins with "cmd=", like machine_run().  r->virtual_ms stays 0.
 */
void bochs_run(const struct sandbox *sb, const char *kernel,
	const char *cmdline, unsigned budget_ms, struct machine_result *r);

#endif
