/* SPDX-License-Identifier: MIT */
/*
 * Operands: from registers, immediates and guest memory to values, and back.
 * All memory accesses of the program's own pass through emul_linear(), where
 * segmentation and alignment are judged; paging is the business of the ops.
 */
#include "vmm/emul/segment_steps.h"
#include "vmm/event.h"

/*
 * The address that insn_ea() gives, and what it leaves to the instruction: the
 * bit string of BT and its kin begins at the operand and a register counts bits
 * from there, either way; XLAT adds AL.
 */
uint64_t
emul_ea(const struct emul_step *x, const struct insn_operand *op)
{
	const struct insn *insn = x->insn;
	uint64_t ea = insn_ea(insn, op, x->gpr, x->next_rip);
	const struct insn_operand *bit = &insn->operand[1];

	if (insn->op == INSN_XLAT) {
		ea += x->gpr[INSN_RAX] & 0xff;
	} else if (insn->op >= INSN_BT && insn->op <= INSN_BTC &&
		bit->kind == INSN_KIND_REG) {
		int64_t at =
			(int64_t)sign_extend(x->gpr[bit->reg & 15], bit->size);

		ea += (uint64_t)(at >> 3) & -(uint64_t)bit->size;
	}
	return ea & size_mask(insn->adsize);
}

static bool
emul_checks_alignment(const struct emul_step *x)
{
	const struct vcpu_state *s = x->e->state;

	return s->cpl == 3 && (s->cr0 & CR0_AM) &&
		(x->saved.rflags & RFLAGS_AC);
}

static enum emul_result
emul_linear(struct emul_step *x, unsigned seg, uint64_t offset, unsigned size,
	bool write, uint64_t *gva)
{
	uint8_t vector = segment_gva(
		x->e->state, x->saved.rflags, seg, offset, size, write, gva);

	if (vector)
		return emul_fault(x->e, vector, 0);
	if (size == 16 && (*gva & 15)) /* CMPXCHG16B */
		return emul_fault(x->e, VEC_GP, 0);
	if ((*gva & (size - 1)) && size <= 8 && emul_checks_alignment(x))
		return emul_fault(x->e, VEC_AC, 0);
	return EMUL_NEXT;
}

static uint32_t
emul_user(const struct emul_step *x)
{
	if (x->e->state->cpl == 3)
		return ACCESS_USER;
	return x->implicit ? EMUL_IMPLICIT : 0;
}

enum emul_result
emul_read(struct emul_step *x, unsigned seg, uint64_t offset, void *data,
	unsigned size, uint32_t access)
{
	uint64_t gva;
	enum emul_result r =
		emul_linear(x, seg, offset, size, access & ACCESS_WRITE, &gva);

	if (r != EMUL_NEXT)
		return r;
	return x->e->ops->read(x->e, gva, data, size, access | emul_user(x));
}

enum emul_result
emul_write(struct emul_step *x, unsigned seg, uint64_t offset, const void *data,
	unsigned size)
{
	uint64_t gva;
	enum emul_result r = emul_linear(x, seg, offset, size, true, &gva);

	if (r != EMUL_NEXT)
		return r;
	return x->e->ops->write(x->e, gva, data, size, emul_user(x));
}

enum emul_result
emul_cmpxchg(struct emul_step *x, unsigned seg, uint64_t offset,
	const void *old, const void *new, unsigned size)
{
	uint64_t gva;
	enum emul_result r = emul_linear(x, seg, offset, size, true, &gva);

	if (r != EMUL_NEXT)
		return r;
	return x->e->ops->cmpxchg(x->e, gva, old, new, size, emul_user(x));
}

enum emul_result
emul_load(struct emul_step *x, unsigned i)
{
	const struct insn_operand *op = &x->insn->operand[i];

	x->val[i] = 0;
	switch (op->kind) {
	case INSN_KIND_REG:
		x->val[i] = x->gpr[op->reg & 15] >> (op->high ? 8 : 0) &
			size_mask(op->size);
		return EMUL_NEXT;
	case INSN_KIND_IMM:
		x->val[i] = op->imm;
		return EMUL_NEXT;
	case INSN_KIND_SREG:
		x->val[i] = x->e->state->seg[op->reg].sel;
		return EMUL_NEXT;
	case INSN_KIND_MEM:
		if (op->size == 0 || op->size > 8)
			return EMUL_UNKNOWN;
		x->ea = emul_ea(x, op);
		return emul_read(x, op->mem.seg, x->ea, &x->val[i], op->size,
			op->access & INSN_W ? ACCESS_WRITE : 0);
	default:
		return EMUL_UNKNOWN;
	}
}

/* An exchange with memory is locked even without the prefix. */
static bool
emul_is_locked(const struct emul_step *x)
{
	return (x->insn->prefixes & INSN_LOCK) || x->insn->op == INSN_XCHG;
}

enum emul_result
emul_store(struct emul_step *x, unsigned i)
{
	const struct insn_operand *op = &x->insn->operand[i];
	uint64_t *reg = &x->gpr[op->reg & 15], ea;

	switch (op->kind) {
	case INSN_KIND_REG:
		if (op->high)
			*reg = (*reg & ~0xff00ull) | (x->val[i] & 0xff) << 8;
		else
			reg_write(reg, op->size, x->val[i]);
		return EMUL_NEXT;
	case INSN_KIND_MEM:
		if (op->size == 0 || op->size > 8)
			return EMUL_UNKNOWN;
		/* the registers of the address may have changed since */
		ea = op->access & INSN_R ? x->ea : emul_ea(x, op);
		if (emul_is_locked(x))
			return emul_cmpxchg(x, op->mem.seg, ea, &x->old,
				&x->val[i], op->size);
		return emul_write(x, op->mem.seg, ea, &x->val[i], op->size);
	case INSN_KIND_SREG:
		return segment_load(x->e, op->reg, (uint16_t)x->val[i]);
	default:
		return EMUL_UNKNOWN;
	}
}
