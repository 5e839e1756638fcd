/* SPDX-License-Identifier: MIT */
/*
 * DR0 to DR3, which no engine's hardware switches: the world switch loads them
 * for a guest whose DR7 enables one.  The host uses none, so they may stay.
 */
#ifndef VMM_CPU_BREAKPOINTS_H
#define VMM_CPU_BREAKPOINTS_H

#include "vmm/vcpu.h"

static inline void
breakpoints_load(const struct vcpu_state *s)
{
	__asm__ volatile(
		"mov %0, %%dr0\n\t"
		"mov %1, %%dr1\n\t"
		"mov %2, %%dr2\n\t"
		"mov %3, %%dr3"
		:
		: "r"(s->dr[0]), "r"(s->dr[1]), "r"(s->dr[2]), "r"(s->dr[3]));
}

#endif
