/* SPDX-License-Identifier: MIT */
/*
 * Executing a decoded instruction (SDM 2; APM 3).  Operands are read into
 * values, the operation is done on values, and the destination is written
 * last, after which nothing can fail: so a fault leaves no trace.
 */
#include "vmm/emul/exec.h"

#include <stddef.h>

#define FLAG_CF	    0x001u
#define FLAG_PF	    0x004u
#define FLAG_AF	    0x010u
#define FLAG_ZF	    0x040u
#define FLAG_SF	    0x080u
#define FLAG_DF	    0x400u
#define FLAG_OF	    0x800u
#define FLAGS_ARITH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

#define EMUL_PIECE 256 /* iterations of a string instruction at once */

static uint64_t
emul_mask(unsigned bytes)
{
	return bytes >= 8 ? ~0ull : (1ull << 8 * bytes) - 1;
}

static uint64_t
emul_sign_extend(uint64_t value, unsigned bytes)
{
	unsigned shift = 64 - 8 * bytes;

	return (uint64_t)((int64_t)(value << shift) >> shift);
}

/* Write a register: 4 bytes clear the upper half, fewer keep the rest. */
static void
emul_set_register(uint64_t *reg, unsigned bytes, uint64_t value)
{
	uint64_t mask = bytes == 4 ? ~0ull : emul_mask(bytes);

	*reg = (*reg & ~mask) | (value & emul_mask(bytes));
}

static uint64_t
emul_offset(
	struct emul *e, const struct insn *insn, const struct insn_operand *op)
{
	return insn_ea(insn, op, e->gpr, e->rip + insn->len);
}

static enum emul_result
emul_get(struct emul *e, const struct insn *insn, const struct insn_operand *op,
	uint64_t *value)
{
	switch (op->kind) {
	case INSN_KIND_REG:
		*value = e->gpr[op->reg] >> (op->high ? 8 : 0);
		break;
	case INSN_KIND_IMM:
		*value = op->imm;
		break;
	case INSN_KIND_MEM:
		if (op->size == 0 || op->size > 8)
			return EMUL_UNKNOWN;
		if (e->ops->read(e, op->mem.seg, emul_offset(e, insn, op),
			    op->size, value))
			return EMUL_FAULT;
		break;
	default:
		return EMUL_UNKNOWN;
	}
	*value &= emul_mask(op->size);
	return EMUL_DONE;
}

static enum emul_result
emul_put(struct emul *e, const struct insn *insn, const struct insn_operand *op,
	uint64_t value)
{
	uint64_t *reg = &e->gpr[op->reg & 15];

	if (op->kind == INSN_KIND_MEM) {
		if (op->size == 0 || op->size > 8)
			return EMUL_UNKNOWN;
		return e->ops->write(e, op->mem.seg, emul_offset(e, insn, op),
			       op->size, value & emul_mask(op->size))
			? EMUL_FAULT
			: EMUL_DONE;
	}
	if (op->kind != INSN_KIND_REG)
		return EMUL_UNKNOWN;
	if (op->high)
		*reg = (*reg & ~0xff00ull) | (value & 0xff) << 8;
	else
		emul_set_register(reg, op->size, value);
	return EMUL_DONE;
}

/* PF, ZF and SF of a result. */
static uint64_t
emul_result_flags(uint64_t result, unsigned bytes)
{
	uint64_t flags = 0;

	if (!__builtin_parity((unsigned)result & 0xff))
		flags |= FLAG_PF;
	if ((result & emul_mask(bytes)) == 0)
		flags |= FLAG_ZF;
	if (result >> (8 * bytes - 1) & 1)
		flags |= FLAG_SF;
	return flags;
}

/* a + b, or a - b: the result, and all six flags. */
static uint64_t
emul_add(uint64_t a, uint64_t b, bool subtract, unsigned bytes, uint64_t *flags)
{
	uint64_t result = (subtract ? a - b : a + b) & emul_mask(bytes);
	uint64_t overflow =
		subtract ? (a ^ b) & (a ^ result) : (a ^ result) & (b ^ result);

	*flags = emul_result_flags(result, bytes);
	if (subtract ? a < b : result < a)
		*flags |= FLAG_CF;
	if ((a ^ b ^ result) & 0x10)
		*flags |= FLAG_AF;
	if (overflow >> (8 * bytes - 1) & 1)
		*flags |= FLAG_OF;
	return result;
}

static uint64_t
emul_alu(uint16_t op, uint64_t a, uint64_t b, unsigned bytes, uint64_t *flags)
{
	uint64_t result;

	switch (op) {
	case INSN_ADD:
		return emul_add(a, b, false, bytes, flags);
	case INSN_SUB:
	case INSN_CMP:
		return emul_add(a, b, true, bytes, flags);
	case INSN_OR:
		result = a | b;
		break;
	case INSN_XOR:
		result = a ^ b;
		break;
	default: /* AND, TEST */
		result = a & b;
		break;
	}
	*flags = emul_result_flags(result, bytes);
	return result;
}

static enum emul_result
emul_exec_alu(struct emul *e, const struct insn *insn)
{
	const struct insn_operand *op = insn->operand;
	uint64_t a, b, flags, result;
	enum emul_result r = emul_get(e, insn, &op[0], &a);

	if (r == EMUL_DONE)
		r = emul_get(e, insn, &op[1], &b);
	if (r != EMUL_DONE)
		return r;
	b = emul_sign_extend(b, op[1].size) & emul_mask(op[0].size);
	result = emul_alu(insn->op, a, b, op[0].size, &flags);
	if (insn->op != INSN_CMP && insn->op != INSN_TEST)
		r = emul_put(e, insn, &op[0], result);
	if (r == EMUL_DONE)
		*e->rflags = (*e->rflags & ~(uint64_t)FLAGS_ARITH) | flags;
	return r;
}

static enum emul_result
emul_exec_move(struct emul *e, const struct insn *insn)
{
	const struct insn_operand *op = insn->operand;
	uint64_t value;
	enum emul_result r = emul_get(e, insn, &op[1], &value);

	if (r != EMUL_DONE)
		return r;
	if (insn->op == INSN_MOVSX || insn->op == INSN_MOVSXD)
		value = emul_sign_extend(value, op[1].size);
	return emul_put(e, insn, &op[0], value);
}

static enum emul_result
emul_exec_xchg(struct emul *e, const struct insn *insn)
{
	const struct insn_operand *op = insn->operand;
	bool mem_second = op[1].kind == INSN_KIND_MEM;
	uint64_t a, b;
	enum emul_result r = emul_get(e, insn, &op[0], &a);

	if (r == EMUL_DONE)
		r = emul_get(e, insn, &op[1], &b);
	if (r != EMUL_DONE)
		return r;
	/* memory first: only it can fail */
	r = emul_put(e, insn, &op[mem_second], mem_second ? a : b);
	if (r != EMUL_DONE)
		return r;
	return emul_put(e, insn, &op[!mem_second], mem_second ? b : a);
}

/* Move RSI or RDI, as an index of string instructions, on by one element. */
static void
emul_step(struct emul *e, const struct insn *insn, unsigned reg, unsigned size)
{
	uint64_t *index = &e->gpr[reg];

	emul_set_register(index, insn->adsize,
		*e->rflags & FLAG_DF ? *index - size : *index + size);
}

/* One iteration of MOVS, STOS or LODS: operand 1 to operand 0. */
static enum emul_result
emul_string_once(struct emul *e, const struct insn *insn)
{
	const struct insn_operand *op = insn->operand;
	uint64_t value;
	enum emul_result r = emul_get(e, insn, &op[1], &value);

	if (r == EMUL_DONE)
		r = emul_put(e, insn, &op[0], value);
	if (r != EMUL_DONE)
		return r;
	if (insn->op != INSN_STOS)
		emul_step(e, insn, INSN_RSI, op[1].size);
	if (insn->op != INSN_LODS)
		emul_step(e, insn, INSN_RDI, op[0].size);
	return EMUL_DONE;
}

static enum emul_result
emul_exec_string(struct emul *e, const struct insn *insn)
{
	uint64_t *count = &e->gpr[INSN_RCX];
	uint64_t mask = emul_mask(insn->adsize);

	if (!(insn->prefixes & (INSN_REP | INSN_REPNE)))
		return emul_string_once(e, insn);
	for (unsigned i = 0; i < EMUL_PIECE; i++) {
		enum emul_result r;

		if ((*count & mask) == 0)
			return EMUL_DONE;
		r = emul_string_once(e, insn);
		if (r != EMUL_DONE)
			return r;
		emul_set_register(count, insn->adsize, *count - 1);
	}
	return EMUL_AGAIN;
}

enum emul_result
emul_exec(struct emul *e, const struct insn *insn)
{
	switch (insn->op) {
	case INSN_MOV:
	case INSN_MOVZX:
	case INSN_MOVSX:
	case INSN_MOVSXD:
	case INSN_MOVNTI:
		return emul_exec_move(e, insn);
	case INSN_ADD:
	case INSN_SUB:
	case INSN_CMP:
	case INSN_AND:
	case INSN_OR:
	case INSN_XOR:
	case INSN_TEST:
		return emul_exec_alu(e, insn);
	case INSN_XCHG:
		return emul_exec_xchg(e, insn);
	case INSN_MOVS:
	case INSN_STOS:
	case INSN_LODS:
		return emul_exec_string(e, insn);
	default:
		return EMUL_UNKNOWN;
	}
}
