/* SPDX-License-Identifier: MIT */

/*
 * What a decoded instruction means once the registers are known: addresses and
 * branch targets. Pure arithmetic, apart from the decoder because students
 * write the one and are given the other.
 *
 * Intel SDM 1, 3.3.7 and 3.7.5; SDM 2, 2.2.1.6 for RIP-relative addressing.
 */
#include "vmm/emul/decode.h"

static uint64_t
address_wrap(uint64_t address, unsigned int size)
{
	return size >= 8 ? address : address & ((1ull << 8 * size) - 1);
}

const char *
insn_name(enum insn_op op)
{
#define INSN_OP_NAME(name, access) [INSN_##name] = #name,
	static const char *const names[INSN_OP_COUNT] = { INSN_OPS(
		INSN_OP_NAME) };
#undef INSN_OP_NAME

	return op < INSN_OP_COUNT ? names[op] : names[INSN_INVALID];
}

uint64_t
insn_ea(const struct insn *insn, const struct insn_operand *op,
	const uint64_t gpr[16], uint64_t next_rip)
{
	uint64_t ea = (uint64_t)op->mem.disp;

	if (op->mem.base == INSN_RIP)
		ea += next_rip;
	else if (op->mem.base != INSN_NO_REG)
		ea += gpr[op->mem.base & 15];
	if (op->mem.index != INSN_NO_REG)
		ea += gpr[op->mem.index & 15] << op->mem.shift;
	return address_wrap(ea, insn->adsize);
}

uint64_t
insn_linear(const struct insn *insn, const struct insn_operand *op, uint64_t ea,
	uint64_t seg_base)
{
	if (insn->mode != CPU_MODE_64)
		return address_wrap(ea + seg_base, 4);
	return op->mem.seg >= INSN_FS ? ea + seg_base : ea;
}

uint64_t
insn_target(const struct insn *insn, uint64_t next_rip)
{
	return address_wrap(next_rip + insn->operand[0].imm, insn->opsize);
}
