/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls: the number is in RAX, the result comes back there.  They are
 * the kernel's alone, as on every VMM: from ring 3 the instruction is
 * undefined.  No call is defined yet, so each answers -ENOSYS.
 */
#include "vmm/vcpu.h"

#include "kernel/abi/errno.h"

static enum verdict
exit_hypercall(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	vcpu_need(vcpu, VCPU_CPL);
	if (vcpu->state.cpl != 0)
		return vcpu_fault(vcpu, VEC_UD, 0);
	vcpu->regs.gpr[GPR_RAX] = (uint64_t)-ENOSYS;
	return VERDICT_NEXT;
}

EXIT_HANDLER(VMEXIT_HYPERCALL, exit_hypercall);
