/* SPDX-License-Identifier: MIT */
/* The keyboard controller's reset line: the machine ends, and says so. */
/* stops: the guest reset itself */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	outb(0x64, 0xfe);
	return 1;
}
