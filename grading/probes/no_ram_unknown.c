/* SPDX-License-Identifier: MIT */
/* What the emulator does not know is not guessed at: the VM says what. */
/* stops: not emulated */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	__asm__ volatile("fildl (%0)" : : "r"(NO_RAM) : "memory");
	return 1;
}
