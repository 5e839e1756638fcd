/* SPDX-License-Identifier: MIT */
/*
 * A student's kernel in QEMU, seen from outside through QMP.
 *
 * Time is counted: -icount makes one instruction one nanosecond of virtual
 * time, idle time jumps to the next timer, and the budget is in virtual
 * milliseconds.  So a verdict is the same on a loaded machine.  The virtual
 * clock is read by the ACPI PM timer and the RTC, which the guest cannot set
 * back.
 */
#ifndef GRADING_AUTO_MACHINE_H
#define GRADING_AUTO_MACHINE_H

#include "grading/auto/sandbox.h"

enum machine_end {
	MACHINE_OFF,	 /* powered off */
	MACHINE_RESET,	 /* reset itself: a triple fault, as a rule */
	MACHINE_STATUS,	 /* ended by the debug-exit port: see status */
	MACHINE_HUNG,	 /* over its budget: see where */
	MACHINE_STILL,	 /* executes no instruction any more: see where */
	MACHINE_FLOODED, /* wrote over SANDBOX_OUTPUT_MAX bytes to COM1, or to
			  * port 0xe9; it is ended then: see where */
	MACHINE_STUCK	 /* over the wall limit, which is the host's trouble */
};

struct machine_result {
	enum machine_end end;
	int status;
	uint64_t virtual_ms;
	struct text where;	 /* symbols and lines it was found at, flags */
	char *exits;		 /* the last exits of its guests; or NULL */
	char *console, *reports; /* what it wrote to COM1, and to port 0xe9 */
	char *witnessed;	 /* lines, or "" */
};

/*
 * Run kernel (a path in the sandbox) with a command line and an initrd (NULL:
 * none) until it ends or budget_ms virtual milliseconds are over.
 *
 * witness: what the emulator itself is to note on the guest of the VMM, which
 * no kernel can forge, or "" for nothing.  The findings become lines of
 * r->witnessed.
 *	ring3	the guest's kernel was seen running, and trapping, in ring 3
 *	svm	the CPU left guests by #VMEXIT
 *	npt	the same, and how often a page fault of the guest made it
 *	tables	the page tables of the kernel, at its end (inspect.h)
 *	frames	how many frames its kernel has in use then
 *	vmcb	the VMCB and the nested tables of a guest that still runs then
 *	shadow	the shadow tables of such a guest, against its own
 *	vmx	the CPU left guests by VM exit; the VMCS and EPT of a guest that
 *		still runs then; in Bochs, which has VMX (bochs.h)
 */
void machine_run(const struct sandbox *sb, const char *kernel,
	const char *initrd, const char *cmdline, unsigned budget_ms,
	const char *witness, struct machine_result *r);
void machine_result_free(struct machine_result *r);

/* How it ended, in a line; to be freed. */
char *machine_ended(const struct machine_result *r);

#endif
