/* SPDX-License-Identifier: MIT */
/*
 * Accesses that the MMU engine must judge, and exceptions that the CPU
 * engine intercepts.
 *
 * What the guest touches outside its memory behaves as on a PC's bus: reads
 * give ones, writes are lost, a device that is there answers.  The CPU only
 * says that such an access was tried: the decoder and the emulator make it.
 */
#include "vmm/emulate.h"
#include "vmm/engine.h"
#include "vmm/exit/traced.h"
#include "vmm/vm.h"

#define VEC_MC 18

/*
 * Is the address that of the instruction itself?  An error code tells a fetch
 * from a read only under NX or SMEP (SDM 3A, 4.7).
 */
static bool
fault_is_fetch(struct vcpu *vcpu, const struct vmexit *x)
{
	uint64_t rip = vcpu->regs.rip;

	if (!(x->fault.access & ACCESS_GVA) || (x->fault.access & ACCESS_WRITE))
		return false;
	if (vcpu_mode(vcpu) != 64)
		rip = (uint32_t)(rip + vcpu->state.seg[SEG_CS].base);
	return x->fault.gva - rip < INSN_MAX_LEN;
}

/* Perform the instruction that made the access, in software. */
static enum verdict
fault_emulate(struct vcpu *vcpu, const struct vmexit *x)
{
	enum verdict verdict;
	struct vmexit exit;
	const struct insn *insn;

	if (fetch_insn(vcpu, &insn) != 0) {
		if (fault_is_fetch(vcpu, x))
			return vcpu_fault(vcpu, VEC_UD, 0);
		vcpu_changed(vcpu, VCPU_FLUSH_TLB); /* as for VMEXIT_STALE */
		return VERDICT_AGAIN;
	}
	switch (vcpu_emulate(vcpu, insn, &exit, &verdict)) {
	case EMUL_EXIT: /* another instruction than the one that faulted */
	case EMUL_UNKNOWN:
		return vcpu_stop(vcpu,
			"'%s' at 0x%llx touches 0x%llx, where no memory is: "
			"not emulated",
			insn_name(insn->op), (unsigned long long)vcpu->regs.rip,
			(unsigned long long)x->fault.gpa);
	default:
		return verdict;
	}
}

/* Nothing, a device or a ROM lies there. */
static enum verdict
fault_no_ram(struct vcpu *vcpu, const struct vmexit *x)
{
	const char *by = NULL;

	if (x->fault.access & ACCESS_WALK)
		by = "the page tables";
	else if (vcpu->events.next.kind != EVENT_NONE)
		by = "the delivery of an event";
	if (by)
		return vcpu_stop(vcpu,
			"%s at 0x%llx: 0x%llx is no memory, needed by %s",
			x->fault.access & ACCESS_WRITE ? "write" : "read",
			(unsigned long long)vcpu->regs.rip,
			(unsigned long long)x->fault.gpa, by);
	/* the bus gives ones, and FF FF is no instruction */
	if (x->fault.access & ACCESS_EXEC)
		return vcpu_fault(vcpu, VEC_UD, 0);
	return fault_emulate(vcpu, x);
}

static __attribute__((noinline)) enum verdict
fault_judge(struct vcpu *vcpu, const struct vmexit *x)
{
	struct mmu *mmu = vcpu->vm->mmu;
	uint32_t error = 0;

	switch (mmu->ops->fault(mmu, vcpu, x, &error)) {
	case MMU_FIXED:
		return VERDICT_AGAIN;
	case MMU_GUEST_FAULT:
		return vcpu_page_fault(vcpu, error, x->fault.gva);
	case MMU_MMIO:
		return vcpu_look(vcpu, fault_no_ram(vcpu, x));
	case MMU_PT_WRITE:
		return exit_traced_write(vcpu, x);
	case MMU_STOPPED:
		return VERDICT_STOP;
	default:
		return vcpu_stop(vcpu,
			"the host has no memory left for the guest's page "
			"at 0x%llx",
			(unsigned long long)x->fault.gpa);
	}
}

static enum verdict
exit_fault(struct vcpu *vcpu, const struct vmexit *x)
{
	const uint32_t both = ACCESS_WRITE | ACCESS_GVA;

	if ((x->fault.access & both) == both && exit_traced_store(vcpu, x))
		return VERDICT_NEXT;
	return fault_judge(vcpu, x);
}

EXIT_HANDLER(VMEXIT_FAULT, exit_fault);

/*
 * An exception that was intercepted only to be seen (the engine says which
 * and why) goes to the guest.
 */
static enum verdict
exit_exception(struct vcpu *vcpu, const struct vmexit *x)
{
	if (x->exception.vector == VEC_MC)
		return vcpu_stop(vcpu, "the host's CPU has a machine check");
	if (x->exception.vector == VEC_PF)
		return vcpu_page_fault(
			vcpu, x->exception.error, x->exception.address);
	return vcpu_fault(vcpu, x->exception.vector, x->exception.error);
}

EXIT_HANDLER(VMEXIT_EXCEPTION, exit_exception);
