/* SPDX-License-Identifier: MIT */
/*
 * String instructions (SDM 1, 7.3.9; SDM 2, REP).  After each iteration the
 * registers say what is left to do, as on hardware: so a fault in the middle
 * leaves an instruction that goes on where it was, and a count of 2^64 can be
 * done in pieces.  Flags change when the instruction ends, or between pieces.
 */
#include "vmm/emul/exec_steps.h"

static enum emul_result
string_once(struct emul_step *x)
{
	const struct insn *insn = x->insn;
	enum emul_result r = EMUL_NEXT;

	for (unsigned i = 0; r == EMUL_NEXT && i < 2; i++)
		if (insn->operand[i].access & INSN_R)
			r = emul_load(x, i);
	if (r != EMUL_NEXT)
		return r;
	if (insn->op == INSN_CMPS || insn->op == INSN_SCAS) {
		emul_subtract(x, x->val[0], x->val[1], false, x->size);
	} else {
		x->val[0] = x->val[1];
		r = emul_store(x, 0);
	}
	for (unsigned i = 0; r == EMUL_NEXT && i < 2; i++) {
		const struct insn_operand *op = &insn->operand[i];
		uint64_t *index = &x->gpr[op->mem.base & 15];

		if (op->kind == INSN_KIND_MEM)
			reg_write(index, insn->adsize,
				x->flags & RFLAGS_DF ? *index - op->size
						     : *index + op->size);
	}
	return r;
}

/* Does the comparison end the repetition? */
static bool
string_ends(const struct emul_step *x)
{
	bool zero = x->flags & RFLAGS_ZF;

	if (x->insn->op != INSN_CMPS && x->insn->op != INSN_SCAS)
		return false;
	return x->insn->prefixes & INSN_REP ? !zero : zero;
}

enum emul_result
emul_string(struct emul_step *x)
{
	uint64_t *count = &x->gpr[INSN_RCX];
	/* under TF there is a trap behind each */
	unsigned piece = x->flags & RFLAGS_TF ? 1 : EMUL_PIECE;
	unsigned adsize = x->insn->adsize;

	if (!(x->insn->prefixes & (INSN_REP | INSN_REPNE)))
		return string_once(x);
	for (unsigned i = 0; i < piece; i++) {
		enum emul_result r;

		if (!(*count & size_mask(adsize)))
			return EMUL_NEXT;
		r = string_once(x);
		if (r != EMUL_NEXT)
			return r;
		reg_write(count, adsize, *count - 1);
		if (string_ends(x))
			return EMUL_NEXT;
		/* from here on a fault comes back to this */
		for (unsigned j = 0; j < GPRS; j++)
			x->saved.gpr[j] = x->gpr[j];
	}
	if (!(*count & size_mask(adsize)))
		return EMUL_NEXT;
	x->saved.rflags = x->flags;
	return EMUL_AGAIN;
}
