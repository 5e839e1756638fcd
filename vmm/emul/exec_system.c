/* SPDX-License-Identifier: MIT */
/*
 * System instructions that are done here, because they change or show the
 * guest's own state and nothing behind it (SDM 3A, 2.8).  Privilege is checked
 * by the frame, as the table of exec.c says.
 */
#include "vmm/emul/segment_steps.h"
#include "vmm/event.h"

/* LGDT, LIDT, SGDT, SIDT: a limit of 2 bytes, then the base. */
enum emul_result
emul_table(struct emul_step *x)
{
	const struct insn_operand *op = &x->insn->operand[0];
	uint64_t ea = emul_ea(x, op), at, base = 0;
	unsigned size = op->size - 2u;
	struct vcpu_state *s = x->e->state;
	bool idt = x->insn->op == INSN_LIDT || x->insn->op == INSN_SIDT;
	struct vtable *table = idt ? &s->idtr : &s->gdtr;
	uint16_t limit;
	enum emul_result r;

	at = (ea + 2) & size_mask(x->insn->adsize);
	if (x->insn->op == INSN_SGDT || x->insn->op == INSN_SIDT) {
		r = emul_write(x, op->mem.seg, ea, &table->limit, 2);
		return r == EMUL_NEXT
			? emul_write(x, op->mem.seg, at, &table->base, size)
			: r;
	}
	r = emul_read(x, op->mem.seg, ea, &limit, 2, 0);
	if (r == EMUL_NEXT)
		r = emul_read(x, op->mem.seg, at, &base, size, 0);
	if (r != EMUL_NEXT)
		return r;
	if (x->insn->opsize == 2 && size == 4) /* as on the 286 */
		base &= 0xffffff;
	if (!is_canonical(base))
		return emul_fault(x->e, VEC_GP, 0);
	*table = (struct vtable){ .base = base, .limit = limit };
	x->e->changed |= VCPU_TABLES;
	return EMUL_NEXT;
}

/* LLDT, LTR; SLDT, STR, SMSW, whose registers are as wide as the operand. */
enum emul_result
emul_system_register(struct emul_step *x)
{
	const struct vcpu_state *s = x->e->state;

	switch (x->insn->op) {
	case INSN_LLDT:
	case INSN_LTR:
		return segment_load_system(
			x->e, x->insn->op == INSN_LTR, (uint16_t)x->val[0]);
	case INSN_SLDT:
		x->val[0] = s->ldtr.sel;
		break;
	case INSN_STR:
		x->val[0] = s->tr.sel;
		break;
	default: /* SMSW */
		x->val[0] = s->cr0;
		break;
	}
	return EMUL_NEXT;
}

/* FS and GS bases, and SWAPGS. */
enum emul_result
emul_base(struct emul_step *x)
{
	struct vcpu_state *s = x->e->state;
	uint16_t op = x->insn->op;
	bool fs = op == INSN_RDFSBASE || op == INSN_WRFSBASE;
	uint64_t *base = &s->seg[fs ? SEG_FS : SEG_GS].base, old = *base;

	if (op == INSN_SWAPGS) {
		*base = s->kernel_gs_base;
		s->kernel_gs_base = old;
		x->e->changed |= VCPU_SEGS | VCPU_MSRS;
		return EMUL_NEXT;
	}
	if (!(s->cr4 & CR4_FSGSBASE))
		return emul_fault(x->e, VEC_UD, 0);
	if (op == INSN_RDFSBASE || op == INSN_RDGSBASE) {
		x->val[0] = old;
		return EMUL_NEXT;
	}
	if (!is_canonical(x->val[0]))
		return emul_fault(x->e, VEC_GP, 0);
	*base = x->val[0];
	x->e->changed |= VCPU_SEGS;
	return EMUL_NEXT;
}

/* CLI, STI by IOPL; CLAC, STAC by CPL, where SMAP is offered. */
enum emul_result
emul_guard(struct emul_step *x)
{
	const struct vcpu_state *s = x->e->state;
	uint16_t op = x->insn->op;

	if (op == INSN_CLAC || op == INSN_STAC) {
		if (!(x->e->cr4_offered & CR4_SMAP) || s->cpl != 0)
			return emul_fault(x->e, VEC_UD, 0);
		flag_put(x, RFLAGS_AC, op == INSN_STAC);
		return EMUL_NEXT;
	}
	if ((s->cr0 & CR0_PE) && s->cpl > rflags_iopl(x->flags))
		return emul_fault(x->e, VEC_GP, 0);
	if (op == INSN_STI && !(x->flags & RFLAGS_IF))
		x->e->shadow = true;
	flag_put(x, RFLAGS_IF, op == INSN_STI);
	return EMUL_NEXT;
}

enum emul_result
emul_invlpg(struct emul_step *x)
{
	const struct insn_operand *op = &x->insn->operand[0];
	uint64_t gva = insn_linear(x->insn, op, emul_ea(x, op),
		x->e->state->seg[op->mem.seg].base);

	/* of an address that is none, nothing can be cached */
	return is_canonical(gva) ? x->e->ops->invlpg(x->e, gva) : EMUL_NEXT;
}

/* The selector of a caller gets no better RPL than that of the other. */
enum emul_result
emul_arpl(struct emul_step *x)
{
	unsigned rpl = x->val[1] & 3;

	flag_put(x, RFLAGS_ZF, (x->val[0] & 3) < rpl);
	if (x->flags & RFLAGS_ZF)
		x->val[0] = (x->val[0] & ~3ull) | rpl;
	return EMUL_NEXT;
}

enum emul_result
emul_undefined(struct emul_step *x)
{
	return emul_fault(x->e, VEC_UD, 0);
}

/*
 * INT n, INT3, INTO and INT1: an event, whose return address is behind the
 * instruction.  INT1 alone needs no permission from the gate.
 */
enum emul_result
emul_software_interrupt(struct emul_step *x)
{
	struct event ev = { .kind = EVENT_EXCEPTION };

	switch (x->insn->op) {
	case INSN_INT:
		ev.vector = (uint8_t)x->insn->operand[0].imm;
		break;
	case INSN_INT3:
		ev.vector = VEC_BP;
		break;
	case INSN_INTO:
		if (!(x->flags & RFLAGS_OF))
			return EMUL_NEXT;
		ev.vector = VEC_OF;
		break;
	default: /* INT1 */
		ev.vector = VEC_DB;
		break;
	}
	return emul_deliver_step(x, &ev, x->insn->op != INSN_INT1, x->next_rip);
}
