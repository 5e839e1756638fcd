/* SPDX-License-Identifier: MIT */
/* The first state of a thread's FPU registers; fpu.h. */
#include "kernel/cpu/fpu.h"

#include "kernel/lib/string.h"

#define FXSAVE_FCW   0 /* offsets in bytes (APM 2, 11.4.4) */
#define FXSAVE_MXCSR 24

void
fpu_init(uint8_t *area)
{
	uint16_t fcw = 0x037f;	 /* all exceptions masked, 64-bit precision */
	uint32_t mxcsr = 0x1f80; /* all exceptions masked */

	memset(area, 0, FPU_SIZE);
	memcpy(area + FXSAVE_FCW, &fcw, sizeof(fcw));
	memcpy(area + FXSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
}
