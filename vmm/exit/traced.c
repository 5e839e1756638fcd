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

#include "kernel/mem/pmm.h"
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

/*
 * The store that nearly all page-table writes are: a MOV of 8 bytes to memory,
 * aligned.  *value is what it stores.
 */
static bool
insn_is_store(const struct vcpu *vcpu, const struct insn *insn, uint64_t gva,
	uint64_t *value)
{
	const struct insn_operand *to = &insn->operand[0];
	const struct insn_operand *from = &insn->operand[1];

	if (insn->op != INSN_MOV || insn->mode != 64 || to->size != 8 ||
		to->kind != INSN_KIND_MEM || to->mem.seg >= INSN_FS ||
		(from->kind != INSN_KIND_REG && from->kind != INSN_KIND_IMM) ||
		(gva & 7))
		return false;
	*value = from->kind == INSN_KIND_IMM ? from->imm
					     : vcpu->regs.gpr[from->reg];
	return insn_ea(insn, to, vcpu->regs.gpr, vcpu->regs.rip + insn->len) ==
		gva;
}

/*
 * The walk that says that the guest's tables allow the write was made before,
 * for another write to this page: so there is nothing to judge.
 */
bool
exit_traced_store(struct vcpu *vcpu, const struct vmexit *x)
{
	const uint32_t both = ACCESS_WRITE | ACCESS_GVA;
	struct mmu *mmu = vcpu->vm->mmu;
	uint64_t gva = x->fault.gva, at = gva & (PAGE_SIZE - 1), value;
	const struct insn *insn;
	struct walk *w;

	if ((x->fault.access & both) != both || !mmu->ops->store ||
		vcpu->events.next.kind != EVENT_NONE ||
		fetch_insn(vcpu, &insn) != 0 ||
		!insn_is_store(vcpu, insn, gva, &value))
		return false;
	w = walks_find(vcpu, gva,
		ACCESS_WRITE | (vcpu->state.cpl == 3 ? ACCESS_USER : 0));
	if (!w ||
		!mmu->ops->store(
			mmu, w->gpa + at, (uint64_t *)(w->host + at), value))
		return false;
	vcpu_done(vcpu, insn->len);
	return true;
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
