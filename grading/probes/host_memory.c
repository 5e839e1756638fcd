/* SPDX-License-Identifier: MIT */
/*
 * More memory than the host has: the guest gets it as long as there is some,
 * and is the one who is stopped when there is none.
 */
/* stops: no memory */
/* memory: 248 */
#include "grading/probes/lib/probe.h"

int
main(void)
{
	for (uint64_t at = 2 * MIB; at < 248 * MIB; at += PAGE)
		write64(at, at);
	return 1;
}
