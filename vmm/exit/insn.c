/* SPDX-License-Identifier: MIT */
/*
 * Instructions that trap and have no exit reason of their own.  Handlers are
 * found by operation in a linker set (INSN_HANDLER).  What has none is not
 * offered to guests (CPUID says so) and is undefined for them: SVM's own,
 * MONITOR and MWAIT, XSETBV, RDTSCP, RDPRU.
 */
#include "vmm/vcpu.h"

#include "kernel/cpu/asm.h"
#include "vmm/emul/decode.h"

LINKSET_DECLARE(struct insn_handler, insn_handlers);

static enum verdict
exit_insn(struct vcpu *vcpu, const struct vmexit *x)
{
	const struct insn_handler *it;

	linkset_for_each (it, insn_handlers)
		if (it->op == x->insn.op)
			return it->fn(vcpu, x);
	return vcpu_fault(vcpu, VEC_UD, 0);
}

EXIT_HANDLER(VMEXIT_INSN, exit_insn);

/*
 * Caches are coherent, and the guest's memory is ordinary memory: writing
 * them back changes nothing.  To drop them unwritten would lose the host's
 * data, so INVD writes back too: that is, does nothing.  QEMU 10 lets it come
 * to an exit in ring 3, too (docs/errata.md, Q25).
 */
static enum verdict
insn_wbinvd(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	vcpu_need(vcpu, VCPU_CPL);
	if (vcpu->state.cpl != 0)
		return vcpu_fault(vcpu, VEC_GP, 0);
	return VERDICT_NEXT;
}

INSN_HANDLER(INSN_WBINVD, insn_wbinvd);
INSN_HANDLER(INSN_INVD, insn_wbinvd);

/* The machine has no performance counters: each number is a bad one. */
static enum verdict
insn_rdpmc(struct vcpu *vcpu, const struct vmexit *x)
{
	(void)x;
	return vcpu_fault(vcpu, VEC_GP, 0);
}

INSN_HANDLER(INSN_RDPMC, insn_rdpmc);

/* It exits only where the CPU cannot add an offset itself. */
static enum verdict
insn_rdtsc(struct vcpu *vcpu, const struct vmexit *x)
{
	uint64_t tsc;

	(void)x;
	vcpu_need(vcpu, VCPU_MSRS);
	tsc = rdtsc() + vcpu->state.tsc_offset;
	vcpu->regs.gpr[GPR_RAX] = (uint32_t)tsc;
	vcpu->regs.gpr[GPR_RDX] = tsc >> 32;
	return VERDICT_NEXT;
}

INSN_HANDLER(INSN_RDTSC, insn_rdtsc);
