/* SPDX-License-Identifier: MIT */
/*
 * A #DB whose delivery raises the next one: a breakpoint on the stack where
 * the handler's frame goes, and one on the handler itself (XSA-156 and
 * CVE-2015-8104: the CPU never came out of it).  The host can still kill it.
 */
/* lasts: breakpoints on what the delivery of a breakpoint needs */
#include "grading/probes/lib/probe.h"

/* 0: writes of 8 bytes; 1: execution; both on in this task */
#define DR7_BOTH    0x90405ul
#define FRAME_FIRST 8 /* below the top: SS */

int
main(void)
{
	static uint64_t stack[64] __attribute__((aligned(16)));
	uint64_t top = (uint64_t)&stack[64];

	trap_handle_with(VEC_DB, trap_ignore);
	idt[VEC_DB].ist = 2;
	tss.ist[1] = top;
	__asm__ volatile("mov %0, %%dr0" : : "r"(top - FRAME_FIRST));
	__asm__ volatile("mov %0, %%dr1" : : "r"(trap_stubs + STUB_SIZE));
	probe_ready();
	__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_BOTH));
	for (;;)
		write64(top - FRAME_FIRST, 0);
}
