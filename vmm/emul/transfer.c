/* SPDX-License-Identifier: MIT */
/*
 * Far jumps and calls, directly or through a call gate, and far pointers that
 * are loaded from memory (SDM 3A, 5.8; APM 2, 4.10).
 *
 * Left out on purpose: hardware tasks (VMEXIT_TASK), and what real mode makes
 * of these instructions (EMUL_UNKNOWN).
 */
#include "vmm/emul/segment_steps.h"
#include "vmm/event.h"

#define GATE_CALL16 4u
#define GATE_CALL   0xcu

bool
code_reaches(const struct emul *e, uint64_t rip)
{
	if (segment_code_size(e->state) == 64)
		return is_canonical(rip);
	return rip <= e->state->seg[SEG_CS].limit;
}

enum emul_result
task_switch(struct emul *e)
{
	e->exit = (struct vmexit){ .reason = VMEXIT_TASK };
	return EMUL_EXIT;
}

bool
code_is_odd(const struct emul *e, const struct desc *d)
{
	return (e->state->efer & EFER_LMA) && desc_is(d, VSEG_LONG) &&
		desc_is(d, VSEG_DB);
}

enum emul_result
code_enter(struct emul_step *x, struct desc *d, unsigned cpl, uint64_t rip)
{
	enum emul_result r = segment_load_code(x->e, d, cpl);

	if (r != EMUL_NEXT)
		return r;
	if (!code_reaches(x->e, rip))
		return emul_fault(x->e, VEC_GP, 0);
	x->e->regs->rip = rip;
	return EMUL_JUMPED;
}

/* What a CALL leaves for the way back. */
static enum emul_result
far_push(struct emul_step *x, unsigned size)
{
	enum emul_result r;

	if (x->insn->op != INSN_CALLF)
		return EMUL_NEXT;
	r = emul_push(x, x->e->state->seg[SEG_CS].sel, size);
	return r == EMUL_NEXT ? emul_push(x, x->next_rip, size) : r;
}

static enum emul_result
far_direct(struct emul_step *x, struct desc *d, uint64_t offset)
{
	unsigned cpl = x->e->state->cpl, size = x->insn->opsize;
	enum emul_result r;

	if (desc_is(d, SEG_CONFORMING)
			? desc_dpl(d) > cpl
			: (d->sel & 3u) > cpl || desc_dpl(d) != cpl)
		return desc_fault(x->e, VEC_GP, d->sel);
	if (!desc_is(d, VSEG_PRESENT))
		return desc_fault(x->e, VEC_NP, d->sel);
	if (code_is_odd(x->e, d))
		return desc_fault(x->e, VEC_GP, d->sel);
	r = far_push(x, size);
	return r == EMUL_NEXT ? code_enter(x, d, cpl, offset) : r;
}

/*
 * A call to more privileged code: with the stack of the TSS, onto which the
 * old one's address and n parameters are copied.
 */
static enum emul_result
gate_inner(struct emul_step *x, struct desc *code, unsigned n, unsigned size)
{
	struct vcpu_state *s = x->e->state;
	struct vseg old = s->seg[SEG_SS], ss;
	uint64_t rsp, parameter[32];
	uint16_t cs = s->seg[SEG_CS].sel;
	enum emul_result r =
		stack_read_inner(x->e, desc_dpl(code), 0, &ss, &rsp);

	for (unsigned i = 0; r == EMUL_NEXT && i < n; i++)
		r = emul_pop(x, &parameter[i], size);
	if (r == EMUL_NEXT)
		r = segment_load_code(x->e, code, desc_dpl(code));
	if (r != EMUL_NEXT)
		return r;
	s->seg[SEG_SS] = ss;
	x->gpr[GPR_RSP] = rsp;
	x->e->changed |= VCPU_SEGS;
	x->implicit = true;
	r = emul_push(x, old.sel, size);
	if (r == EMUL_NEXT)
		r = emul_push(x, x->saved.gpr[GPR_RSP], size);
	while (r == EMUL_NEXT && n-- > 0)
		r = emul_push(x, parameter[n], size);
	if (r == EMUL_NEXT)
		r = emul_push(x, cs, size);
	return r == EMUL_NEXT ? emul_push(x, x->next_rip, size) : r;
}

static enum emul_result
far_gate(struct emul_step *x, const struct desc *gate, unsigned type)
{
	struct emul *e = x->e;
	bool long_mode = e->state->efer & EFER_LMA;
	unsigned cpl = e->state->cpl, n = long_mode ? 0 : gate->raw >> 32 & 31;
	unsigned size = long_mode ? 8 : type == GATE_CALL ? 4 : 2;
	uint64_t offset = (gate->raw & 0xffff) |
		(gate->raw >> 32 & 0xffff0000) | gate->high << 32;
	struct desc code;
	bool conforming;
	enum emul_result r;

	if (desc_dpl(gate) < cpl || desc_dpl(gate) < (gate->sel & 3u) ||
		(gate->high >> 40 & 0x1f))
		return desc_fault(e, VEC_GP, gate->sel);
	if (!desc_is(gate, VSEG_PRESENT))
		return desc_fault(e, VEC_NP, gate->sel);
	r = gate_read_code(e, (uint16_t)(gate->raw >> 16), &code);
	if (r != EMUL_NEXT)
		return r;
	if (size == 2)
		offset &= 0xffff;
	conforming = desc_is(&code, SEG_CONFORMING);
	if (conforming || desc_dpl(&code) == cpl) {
		r = far_push(x, size);
	} else {
		if (x->insn->op == INSN_JMPF)
			return desc_fault(e, VEC_GP, code.sel);
		cpl = desc_dpl(&code);
		r = gate_inner(x, &code, n, size);
	}
	return r == EMUL_NEXT ? code_enter(x, &code, cpl, offset) : r;
}

static enum emul_result
far_target(struct emul_step *x, uint16_t *sel, uint64_t *offset)
{
	const struct insn_operand *op = &x->insn->operand[0];
	unsigned size = op->size - 2u;
	uint64_t ea;
	enum emul_result r;

	*sel = op->sel;
	*offset = op->imm;
	if (op->kind == INSN_KIND_FAR)
		return EMUL_NEXT;
	ea = emul_ea(x, op);
	*offset = 0;
	r = emul_read(x, op->mem.seg, ea, offset, size, 0);
	if (r != EMUL_NEXT)
		return r;
	return emul_read(x, op->mem.seg,
		(ea + size) & size_mask(x->insn->adsize), sel, 2, 0);
}

enum emul_result
emul_load_far(struct emul_step *x)
{
	static const uint8_t nr[] = { SEG_ES, SEG_DS, SEG_SS, SEG_FS, SEG_GS };
	const struct insn *insn = x->insn;
	const struct insn_operand *op = &insn->operand[1];
	unsigned size = op->size - 2u;
	uint64_t ea = emul_ea(x, op);
	uint16_t sel;
	enum emul_result r;

	r = emul_read(x, op->mem.seg, ea, &x->val[0], size, 0);
	if (r == EMUL_NEXT)
		r = emul_read(x, op->mem.seg,
			(ea + size) & size_mask(insn->adsize), &sel, 2, 0);
	if (r == EMUL_NEXT)
		r = segment_load(x->e, nr[insn->op - INSN_LES], sel);
	return r == EMUL_NEXT ? emul_store(x, 0) : r;
}

/* JMP and CALL far. */
enum emul_result
emul_far(struct emul_step *x)
{
	bool long_mode = x->e->state->efer & EFER_LMA;
	struct desc d;
	uint64_t offset;
	unsigned type;
	uint16_t sel;
	enum emul_result r;

	if (!(x->e->state->cr0 & CR0_PE))
		return EMUL_UNKNOWN;
	r = far_target(x, &sel, &offset);
	if (r != EMUL_NEXT)
		return r;
	if (!(sel & ~3u))
		return emul_fault(x->e, VEC_GP, 0);
	r = desc_read(x->e, sel, VEC_GP, &d);
	if (r != EMUL_NEXT)
		return r;
	type = d.raw >> 40 & 0x1f;
	if ((type & (VSEG_S | SEG_CODE)) == (VSEG_S | SEG_CODE))
		return far_direct(x, &d, offset);
	if (type == GATE_CALL || (type == GATE_CALL16 && !long_mode))
		return far_gate(x, &d, type);
	/* task gate, available TSS */
	if (!long_mode && (type == 5 || type == 1 || type == 9))
		return task_switch(x->e);
	return desc_fault(x->e, VEC_GP, sel);
}
