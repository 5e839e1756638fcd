/* SPDX-License-Identifier: MIT */
/* The chip set's reset control register, written as half of a word. */
/* stops: the guest reset itself */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	outw(0xcf8, 0x0600);
	return 1;
}
