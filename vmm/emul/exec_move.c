/* SPDX-License-Identifier: MIT */
/* Moving data, with or without a change on the way; and single flags. */
#include "kernel/lib/string.h"
#include "vmm/emul/exec_steps.h"

static uint64_t
byte_swap(uint64_t value, unsigned size)
{
	return __builtin_bswap64(value) >> (64 - 8 * size);
}

enum emul_result
emul_move(struct emul_step *x)
{
	const struct insn *insn = x->insn;
	const struct insn_operand *op = insn->operand;

	switch (insn->op) {
	case INSN_MOVSX:
	case INSN_MOVSXD:
		x->val[0] = sign_extend(x->val[1], op[1].size);
		break;
	case INSN_MOVBE:
		x->val[0] = byte_swap(x->val[1], x->size);
		break;
	case INSN_BSWAP: /* of 2 bytes it is undefined, and CPUs give 0 */
		x->val[0] = x->size == 2 ? 0 : byte_swap(x->val[0], x->size);
		break;
	case INSN_LEA:
		x->val[0] = emul_ea(x, &op[1]);
		break;
	case INSN_XLAT:
		reg_write(&x->gpr[INSN_RAX], 1, x->val[0]);
		break;
	case INSN_SETCC:
		x->val[0] = emul_flags_condition(x->flags, insn->cond);
		break;
	case INSN_CMOVCC:
		if (emul_flags_condition(x->flags, insn->cond))
			x->val[0] = x->val[1];
		break;
	default: /* MOV, MOVZX, MOVNTI, MOVDIRI */
		x->val[0] = x->val[1];
		break;
	}
	return EMUL_NEXT;
}

enum emul_result
emul_exchange(struct emul_step *x)
{
	uint64_t a = x->val[0], b = x->val[1];
	uint64_t *rax = &x->gpr[INSN_RAX];

	switch (x->insn->op) {
	case INSN_XADD:
		x->val[0] = emul_add(x, a, b, false, x->size);
		x->val[1] = a;
		break;
	case INSN_CMPXCHG:
		emul_subtract(x, *rax & size_mask(x->size), a, false, x->size);
		if (x->flags & RFLAGS_ZF)
			x->val[0] = b;
		else
			reg_write(rax, x->size, a);
		/* memory is written in any case, a register is not */
		x->keep = !(x->flags & RFLAGS_ZF) &&
			x->insn->operand[0].kind == INSN_KIND_REG;
		break;
	default: /* XCHG */
		x->val[0] = b;
		x->val[1] = a;
		break;
	}
	return EMUL_NEXT;
}

/* Memory against RDX:RAX; if they are equal, RCX:RBX goes in. */
enum emul_result
emul_cmpxchg8b(struct emul_step *x)
{
	const struct insn_operand *op = &x->insn->operand[0];
	unsigned half = x->size / 2;
	uint64_t ea = emul_ea(x, op), *gpr = x->gpr, low = 0, high = 0;
	uint8_t old[16], new[16];
	enum emul_result r;

	r = emul_read(x, op->mem.seg, ea, old, x->size, ACCESS_WRITE);
	if (r != EMUL_NEXT)
		return r;
	memcpy(&low, old, half);
	memcpy(&high, old + half, half);
	flag_put(x, RFLAGS_ZF,
		!((low ^ gpr[INSN_RAX]) & size_mask(half)) &&
			!((high ^ gpr[INSN_RDX]) & size_mask(half)));
	if (!(x->flags & RFLAGS_ZF)) {
		reg_write(&gpr[INSN_RAX], half, low);
		reg_write(&gpr[INSN_RDX], half, high);
		return EMUL_NEXT;
	}
	memcpy(new, &gpr[INSN_RBX], half);
	memcpy(new + half, &gpr[INSN_RCX], half);
	if (x->insn->prefixes & INSN_LOCK)
		return emul_cmpxchg(x, op->mem.seg, ea, old, new, x->size);
	return emul_write(x, op->mem.seg, ea, new, x->size);
}

/* CBW, CWD, LAHF, SAHF: within RAX, RDX and the flags. */
enum emul_result
emul_accumulator(struct emul_step *x)
{
	const uint64_t ah =
		RFLAGS_SF | RFLAGS_ZF | RFLAGS_AF | RFLAGS_PF | RFLAGS_CF;
	uint64_t *rax = &x->gpr[INSN_RAX];
	unsigned size = x->insn->opsize;

	switch (x->insn->op) {
	case INSN_CBW:
		reg_write(rax, size, sign_extend(*rax, size / 2));
		break;
	case INSN_CWD:
		reg_write(&x->gpr[INSN_RDX], size,
			sign_bit(*rax, size) ? ~0ull : 0);
		break;
	case INSN_LAHF:
		*rax = (*rax & ~0xff00ull) | ((x->flags & ah) | RFLAGS_R1) << 8;
		break;
	default: /* SAHF */
		x->flags = (x->flags & ~ah) | (*rax >> 8 & ah);
		break;
	}
	return EMUL_NEXT;
}

/* Single flags, and what does nothing here. */
enum emul_result
emul_flag(struct emul_step *x)
{
	switch (x->insn->op) {
	case INSN_CLC:
		x->flags &= ~RFLAGS_CF;
		break;
	case INSN_STC:
		x->flags |= RFLAGS_CF;
		break;
	case INSN_CMC:
		x->flags ^= RFLAGS_CF;
		break;
	case INSN_CLD:
		x->flags &= ~RFLAGS_DF;
		break;
	case INSN_STD:
		x->flags |= RFLAGS_DF;
		break;
	default: /* NOP, PAUSE, ENDBR, PREFETCH and the fences */
		break;
	}
	return EMUL_NEXT;
}
