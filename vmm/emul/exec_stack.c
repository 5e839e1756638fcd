/* SPDX-License-Identifier: MIT */
/* The stack, and near branches (SDM 1, 6 and 7.3.8). */
#include "vmm/emul/exec_steps.h"
#include "vmm/event.h"
#include "vmm/segment.h"

/* Width of the stack pointer: 8 in 64-bit code, else as SS says. */
static unsigned
stack_width(const struct emul_step *x)
{
	if (segment_code_size(x->e->state) == 64)
		return 8;
	return x->e->state->seg[SEG_SS].attr & VSEG_DB ? 4 : 2;
}

void
emul_move_stack(struct emul_step *x, uint64_t rsp)
{
	unsigned width = stack_width(x);

	/* outside 64-bit code the upper half stays out of it */
	reg_write(&x->gpr[INSN_RSP], width, rsp);
}

enum emul_result
emul_push(struct emul_step *x, uint64_t value, unsigned size)
{
	uint64_t rsp = x->gpr[INSN_RSP] - size;
	enum emul_result r = emul_write(
		x, INSN_SS, rsp & size_mask(stack_width(x)), &value, size);

	if (r == EMUL_NEXT)
		emul_move_stack(x, rsp);
	return r;
}

enum emul_result
emul_pop(struct emul_step *x, uint64_t *value, unsigned size)
{
	uint64_t rsp = x->gpr[INSN_RSP];
	enum emul_result r;

	*value = 0;
	r = emul_read(
		x, INSN_SS, rsp & size_mask(stack_width(x)), value, size, 0);
	if (r == EMUL_NEXT)
		emul_move_stack(x, rsp + size);
	return r;
}

/* SDM 2, POPF: table 4-16. */
void
emul_set_flags(struct emul_step *x, uint64_t value, unsigned size, unsigned cpl,
	uint64_t also)
{
	uint64_t may = RFLAGS_ARITH | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT |
		RFLAGS_AC | RFLAGS_ID | also;

	if (cpl == 0)
		may |= RFLAGS_IOPL;
	if (cpl <= rflags_iopl(x->flags))
		may |= RFLAGS_IF;
	if (size == 2)
		may &= 0xffff;
	x->flags = (x->flags & ~may) | (value & may);
}

static enum emul_result
stack_push_operand(struct emul_step *x)
{
	enum emul_result r = emul_load(x, 0);

	return r == EMUL_NEXT ? emul_push(x, x->val[0], x->insn->opsize) : r;
}

enum emul_result
emul_stack(struct emul_step *x)
{
	unsigned size = x->insn->opsize;
	uint64_t value;
	enum emul_result r;

	switch (x->insn->op) {
	case INSN_PUSH:
		return stack_push_operand(x);
	case INSN_PUSHF:
		return emul_push(x, x->flags & ~(RFLAGS_VM | RFLAGS_RF), size);
	case INSN_LEAVE:
		emul_move_stack(x, x->gpr[INSN_RBP]);
		r = emul_pop(x, &value, size);
		if (r == EMUL_NEXT)
			reg_write(&x->gpr[INSN_RBP], size, value);
		return r;
	case INSN_POPF:
		r = emul_pop(x, &value, size);
		if (r == EMUL_NEXT)
			emul_set_flags(x, value, size, x->e->state->cpl, 0);
		return r;
	default: /* POP: an address on RSP is that of the new one */
		r = emul_pop(x, &x->val[0], size);
		return r == EMUL_NEXT ? emul_store(x, 0) : r;
	}
}

/* PUSHA and POPA: all eight, of which RSP as it was and is not read back. */
enum emul_result
emul_stack_all(struct emul_step *x)
{
	unsigned size = x->insn->opsize;
	uint64_t value;
	enum emul_result r = EMUL_NEXT;

	for (unsigned i = 0; r == EMUL_NEXT && i < 8; i++) {
		unsigned reg = x->insn->op == INSN_PUSHA ? i : 7 - i;

		if (x->insn->op == INSN_PUSHA) {
			r = emul_push(x, x->saved.gpr[reg], size);
			continue;
		}
		r = emul_pop(x, &value, size);
		if (r == EMUL_NEXT && reg != INSN_RSP)
			reg_write(&x->gpr[reg], size, value);
	}
	return r;
}

/* ENTER: the saved frame pointers of level outer frames, then the new frame. */
enum emul_result
emul_enter(struct emul_step *x)
{
	unsigned size = x->insn->opsize, width = stack_width(x);
	uint64_t alloc = x->insn->operand[0].imm;
	unsigned level = x->insn->operand[1].imm & 31;
	uint64_t rbp = x->gpr[INSN_RBP], frame, value;
	uint8_t probe[8];
	enum emul_result r = emul_push(x, rbp, size);

	frame = x->gpr[INSN_RSP];
	for (unsigned i = 1; r == EMUL_NEXT && i < level; i++) {
		rbp -= size;
		value = 0;
		r = emul_read(
			x, INSN_SS, rbp & size_mask(width), &value, size, 0);
		if (r == EMUL_NEXT)
			r = emul_push(x, value, size);
	}
	if (r == EMUL_NEXT && level > 0)
		r = emul_push(x, frame, size);
	if (r != EMUL_NEXT)
		return r;
	emul_move_stack(x, x->gpr[INSN_RSP] - alloc);
	reg_write(&x->gpr[INSN_RBP], size, frame);
	/* the new top of the stack must be one that can be written */
	return emul_read(x, INSN_SS, x->gpr[INSN_RSP] & size_mask(width), probe,
		size, ACCESS_WRITE);
}

/* Go to an offset in CS; #GP if there is no such place. */
static enum emul_result
emul_jump(struct emul_step *x, uint64_t rip)
{
	const struct vcpu_state *s = x->e->state;

	if (x->insn->mode == CPU_MODE_64 ? !is_canonical(rip)
					 : rip > s->seg[SEG_CS].limit)
		return emul_fault(x->e, VEC_GP, 0);
	x->e->regs->rip = rip;
	return EMUL_JUMPED;
}

/*
 * The stack is tried first, the target judged then, and only if both are good
 * something is pushed.
 */
static enum emul_result
emul_call(struct emul_step *x, uint64_t rip)
{
	unsigned size = x->insn->opsize;
	uint64_t top = x->gpr[INSN_RSP] - size, old;
	enum emul_result r;

	r = emul_read(x, INSN_SS, top & size_mask(stack_width(x)), &old, size,
		ACCESS_WRITE);
	if (r == EMUL_NEXT)
		r = emul_jump(x, rip);
	if (r == EMUL_JUMPED)
		r = emul_push(x, x->next_rip, size);
	return r == EMUL_NEXT ? EMUL_JUMPED : r;
}

static bool
branch_taken(struct emul_step *x)
{
	uint64_t *count = &x->gpr[INSN_RCX];
	unsigned adsize = x->insn->adsize;
	bool zero = x->flags & RFLAGS_ZF;

	switch (x->insn->op) {
	case INSN_JCC:
		return emul_flags_condition(x->flags, x->insn->cond);
	case INSN_JCXZ:
		return !(*count & size_mask(adsize));
	case INSN_LOOP:
	case INSN_LOOPE:
	case INSN_LOOPNE:
		reg_write(count, adsize, *count - 1);
		if (!(*count & size_mask(adsize)))
			return false;
		return x->insn->op == INSN_LOOP ||
			zero == (x->insn->op == INSN_LOOPE);
	default:
		return true;
	}
}

enum emul_result
emul_branch(struct emul_step *x)
{
	const struct insn_operand *op = &x->insn->operand[0];
	unsigned size = x->insn->opsize;
	enum emul_result r;

	if (x->insn->op == INSN_RET) {
		r = emul_pop(x, &x->val[0], size);
		if (r == EMUL_NEXT && x->insn->n_operands)
			emul_move_stack(x, x->gpr[INSN_RSP] + op->imm);
		return r == EMUL_NEXT ? emul_jump(x, x->val[0]) : r;
	}
	if (!branch_taken(x))
		return EMUL_NEXT;
	if (op->kind == INSN_KIND_REL) {
		x->val[0] = insn_target(x->insn, x->next_rip);
	} else {
		r = emul_load(x, 0);
		if (r != EMUL_NEXT)
			return r;
	}
	return x->insn->op == INSN_CALL ? emul_call(x, x->val[0])
					: emul_jump(x, x->val[0]);
}
