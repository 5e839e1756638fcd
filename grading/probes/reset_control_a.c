/* SPDX-License-Identifier: MIT */
/* System control port A, bit 0. */
/* stops: the guest reset itself */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	outb(0x92, 0x03);
	return 1;
}
