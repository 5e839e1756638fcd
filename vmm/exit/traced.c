/* SPDX-License-Identifier: MIT */
/*
 * Writes to traced page tables (MMU_PT_WRITE), the price of shadow paging.
 *
 * As a rule the store is emulated, and the MMU engine sees it on its way to
 * guest memory.  Some cannot be: a push by the CPU itself while it delivers
 * an event, a store of an FPU or vector register.  Others should not be: a
 * repeated string instruction overwrites a table, because its memory has
 * become something else.  For those the engine is asked to give up tracing
 * the frame, and the guest does it itself.
 *
 * That would go round for ever where the write needs the very table that it
 * writes (a stack in the page table that maps it): each try builds and traces
 * the table again.  So it is counted.  A string instruction is emulated at
 * the second try, which moves on.  For the others nothing can be done, and
 * the VM is stopped: a guest that wants this was written to want it.
 */
#include "vmm/exit/traced.h"

#include "vmm/emulate.h"
#include "vmm/engine.h"
#include "vmm/vm.h"

/* Exits that one try may take, and how many tries in a row are too many. */
#define TRY_EXITS 16
#define TRIES_MAX 64

/* How often in a row this write has been tried before. */
static unsigned
traced_tries(struct vcpu *vcpu, const struct vmexit *x)
{
	struct vcpu_tries *t = &vcpu->tries;
	bool again = t->rip == vcpu->regs.rip && t->gva == x->fault.gva &&
		vcpu->trace.exits - t->exits <= TRY_EXITS;

	t->rip = vcpu->regs.rip;
	t->gva = x->fault.gva;
	t->exits = vcpu->trace.exits;
	t->count = again ? t->count + 1 : 0;
	return t->count;
}

static enum verdict
traced_let_go(struct vcpu *vcpu, const struct vmexit *x, const char *what)
{
	struct mmu *mmu = vcpu->vm->mmu;

	if (traced_tries(vcpu, x) >= TRIES_MAX)
		return vcpu_stop(vcpu,
			"%s at 0x%llx writes to 0x%llx, into the page tables "
			"that it needs itself: not emulated",
			what, (unsigned long long)vcpu->regs.rip,
			(unsigned long long)x->fault.gva);
	mmu->ops->untrace(mmu, vcpu, x->fault.gva);
	return VERDICT_AGAIN;
}

static bool
insn_is_repeated(const struct insn *insn)
{
	return (insn->prefixes & (INSN_REP | INSN_REPNE)) &&
		(insn->op == INSN_STOS || insn->op == INSN_MOVS ||
			insn->op == INSN_INS);
}

enum verdict
exit_traced_write(struct vcpu *vcpu, const struct vmexit *x)
{
	enum verdict verdict;
	struct vmexit exit;
	const struct insn *insn;

	if (vcpu->events.next.kind != EVENT_NONE)
		return traced_let_go(vcpu, x, "the delivery of an event");
	if (fetch_insn(vcpu, &insn) != 0) {
		/* not the code that faulted: as for VMEXIT_STALE */
		vcpu_changed(vcpu, VCPU_FLUSH_TLB);
		return VERDICT_AGAIN;
	}
	if (insn_is_repeated(insn) && traced_tries(vcpu, x) == 0) {
		vcpu->vm->mmu->ops->untrace(vcpu->vm->mmu, vcpu, x->fault.gva);
		return VERDICT_AGAIN;
	}
	switch (vcpu_emulate(vcpu, insn, &exit, &verdict)) {
	case EMUL_EXIT: /* another instruction than the one that faulted */
	case EMUL_UNKNOWN:
		return traced_let_go(
			vcpu, x, insn_name((enum insn_op)insn->op));
	default:
		return verdict;
	}
}
