/* SPDX-License-Identifier: MIT */
/*
 * The FPU and SSE registers of threads.  The kernel's own code uses none, so
 * they change hands only where threads do.  A virtual CPU's registers are
 * those of the thread that runs it.
 */
#ifndef KERNEL_CPU_FPU_H
#define KERNEL_CPU_FPU_H

#include <stdint.h>

#define FPU_SIZE 512 /* bytes of an FXSAVE area; 16-byte aligned */

/* Fill an area with the state after reset (APM 2, 11.3.1; MXCSR 0x1f80). */
void fpu_init(uint8_t *area);

static inline void
fpu_save(uint8_t *area)
{
	__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void
fpu_load(const uint8_t *area)
{
	__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

#endif
