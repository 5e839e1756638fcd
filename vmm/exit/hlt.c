/* SPDX-License-Identifier: MIT */
/*
 * HLT: the vCPU's thread sleeps until there is an event.  With interrupts
 * off there will be none, and the guest sleeps, as on hardware, until it is
 * killed; /vm/N/status has a note of it.
 */
#include "vmm/vcpu.h"

static enum verdict
exit_hlt(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)vcpu;
	(void)x;
	return VERDICT_BLOCK;
}

EXIT_HANDLER(VMEXIT_HLT, exit_hlt);
