/* SPDX-License-Identifier: MIT */
/*
 * INVLPG, where the MMU engine has it exit: the guest gives up a translation
 * (APM 2, 5.5.2).
 *
 * Forgetting more than was asked for is always allowed, and needed: what is
 * one large page for the guest may be many small ones for the CPU.  The
 * address is therefore not even looked at; an address that is not canonical
 * would make INVLPG do nothing.
 */
#include "vmm/emul/decode.h"
#include "vmm/event.h"
#include "vmm/vcpu.h"

static enum verdict
insn_invlpg(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	vcpu_need(vcpu, VCPU_CPL);
	if (vcpu->state.cpl != 0)
		return vcpu_fault(vcpu, VEC_GP, 0);
	vcpu_changed(vcpu, VCPU_FLUSH_TLB);
	return VERDICT_NEXT;
}

INSN_HANDLER(INSN_INVLPG, insn_invlpg);
