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
 * The store that nearly all page-table writes are: a MOV of 8 bytes from a
 * register or an immediate, aligned.
 */
static inline bool
insn_is_store(const struct insn *insn)
{
	const struct insn_operand *to = &insn->operand[0];
	const struct insn_operand *from = &insn->operand[1];

	return insn->op == INSN_MOV && insn->mode == 64 && to->size == 8 &&
		to->kind == INSN_KIND_MEM && to->mem.seg < INSN_FS &&
		from->kind != INSN_KIND_SREG;
}

/* insn_ea(), which is a register and a displacement as a rule. */
static inline uint64_t
store_ea(const struct vcpu *vcpu, const struct insn *insn)
{
	const struct insn_operand *to = &insn->operand[0];

	if (to->mem.index == INSN_NO_REG && to->mem.base <= GPR_R15 &&
		insn->adsize == 8)
		return vcpu->regs.gpr[to->mem.base] + (uint64_t)to->mem.disp;
	return insn_ea(insn, to, vcpu->regs.gpr, vcpu->regs.rip + insn->len);
}

/*
 * The walk that says that the guest's tables allow a write to gva, if it was
 * made before; as a rule it is that of the last such write.
 */
static inline struct walk *
traced_walk(struct vcpu *vcpu, uint64_t gva, uint32_t access)
{
	struct walk *w = vcpu->walks.store;

	bool same = gva - w->page < PAGE_SIZE && w->cr3 == vcpu->state.cr3 &&
		(w->proven >> walk_kind(access, vcpu->regs.rflags) & 1) &&
		walk_same(w);

	if (__builtin_expect(same, true))
		return w;
	w = walks_find(vcpu, gva, access);
	if (w)
		vcpu->walks.store = w;
	return w;
}

bool
exit_traced_store(struct vcpu *vcpu, const struct vmexit *x)
{
	struct mmu *mmu = vcpu->vm->mmu;
	const struct insn_operand *from;
	const struct insn *insn;
	const struct walk *w;
	uint64_t gva = x->fault.gva, value;

	if (!mmu->ops->store || vcpu->events.next.kind != EVENT_NONE ||
		(gva & 7) || fetch_insn(vcpu, &insn) != 0 ||
		!insn_is_store(insn) || store_ea(vcpu, insn) != gva)
		return false;
	w = traced_walk(
		vcpu, gva, x->fault.access & (ACCESS_WRITE | ACCESS_USER));
	if (!w)
		return false;
	from = &insn->operand[1];
	value = from->kind == INSN_KIND_IMM ? from->imm
					    : vcpu->regs.gpr[from->reg];
	gva -= w->page;
	vcpu->insn_len = insn->len;
	return mmu->ops->store(
		mmu, w->gpa + gva, (uint64_t *)(w->host + gva), value);
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
