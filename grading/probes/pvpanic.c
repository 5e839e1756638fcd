/* SPDX-License-Identifier: MIT */
/* A guest's kernel can say that it panicked. */
/* stops: the guest's kernel panicked */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	CHECK_IS(inb(0x505) & 1, 1);
	outb(0x505, 1);
	return 1;
}
