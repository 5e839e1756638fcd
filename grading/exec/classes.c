/* SPDX-License-Identifier: MIT */
/* The classes of instructions that are compared, each with its own count. */
#include "grading/exec/diff.h"

#define IS(first, last) (insn->op >= INSN_##first && insn->op <= INSN_##last)

static bool
has_segment_register(const struct insn *insn)
{
	for (unsigned i = 0; i < insn->n_operands; i++)
		if (insn->operand[i].kind == INSN_KIND_SREG)
			return true;
	return false;
}

static bool
is_move(const struct insn *insn)
{
	return (IS(MOV, BSWAP) || IS(LEA, SETCC)) &&
		!has_segment_register(insn);
}

static bool
is_exchange(const struct insn *insn)
{
	return IS(XCHG, CMPXCHG16B);
}

static bool
is_accumulator(const struct insn *insn)
{
	/* PREFETCH of a register is undefined on AMD's CPUs */
	if (insn->op == INSN_NOP && insn->opcode == 0x0d)
		return false;
	return IS(CBW, SAHF) || IS(CLC, CMC) || IS(CLD, STD) || IS(NOP, PAUSE);
}

static bool
is_arith(const struct insn *insn)
{
	return IS(ADD, NOT);
}

static bool
is_multiply(const struct insn *insn)
{
	return IS(MUL, IMUL) || IS(IMUL2, IMUL3);
}

static bool
is_divide(const struct insn *insn)
{
	return IS(DIV, IDIV);
}

static bool
is_shift(const struct insn *insn)
{
	return IS(ROL, SAR);
}

static bool
is_double_shift(const struct insn *insn)
{
	return IS(SHLD, SHRD);
}

static bool
is_bit(const struct insn *insn)
{
	return IS(BT, BTC);
}

static bool
is_bit_scan(const struct insn *insn)
{
	return IS(BSF, POPCNT);
}

static bool
is_stack(const struct insn *insn)
{
	return IS(PUSH, LEAVE) && !has_segment_register(insn);
}

static bool
is_branch(const struct insn *insn)
{
	/* AMD's CPUs have branches of 16 bits in 64-bit code */
	if (insn->mode == 64 && (insn->prefixes & INSN_OPSIZE))
		return false;
	/* the prefixes are reserved, and AMD's CPUs give them a meaning: the
	 * condition on ZF is that of REP */
	if (IS(LOOPNE, LOOP) && (insn->prefixes & (INSN_REP | INSN_REPNE)))
		return false;
	return IS(CALL, JCC) || IS(LOOPNE, JCXZ);
}

static bool
is_string(const struct insn *insn)
{
	return IS(MOVS, SCAS);
}

/* What a user program may not do, or not that way. */
static bool
is_forbidden(const struct insn *insn)
{
	/* with LOCK, CR0 is CR8 on AMD's CPUs */
	if (IS(MOV_CR, MOV_CR) && insn->lock_bad)
		return false;
	return IS(INS, OUT) || IS(CLI, STI) || IS(UD0, UD2) ||
		IS(HLT, MOV_DR) || IS(CLTS, CLTS) || IS(LMSW, LMSW) ||
		IS(LGDT, LIDT) || IS(LLDT, LTR) || IS(RDMSR, WRMSR) ||
		IS(SWAPGS, SWAPGS) || IS(SYSRET, SYSRET) ||
		IS(INVLPG, INVLPG) || IS(INVD, WBINVD);
}

const struct insn_class insn_classes[] = {
	{ "move", 64, is_move },
	{ "exchange", 64, is_exchange },
	{ "accumulator", 64, is_accumulator },
	{ "arith", 64, is_arith },
	{ "multiply", 64, is_multiply },
	{ "divide", 64, is_divide },
	{ "shift", 64, is_shift },
	{ "double-shift", 64, is_double_shift },
	{ "bit", 64, is_bit },
	{ "bit-scan", 64, is_bit_scan },
	{ "stack", 64, is_stack },
	{ "branch", 64, is_branch },
	{ "string", 64, is_string },
	{ "forbidden", 64, is_forbidden },
	{ "move", 32, is_move },
	{ "exchange", 32, is_exchange },
	{ "accumulator", 32, is_accumulator },
	{ "arith", 32, is_arith },
	{ "multiply", 32, is_multiply },
	{ "divide", 32, is_divide },
	{ "shift", 32, is_shift },
	{ "double-shift", 32, is_double_shift },
	{ "bit", 32, is_bit },
	{ "bit-scan", 32, is_bit_scan },
	{ "stack", 32, is_stack },
	{ "branch", 32, is_branch },
	{ "string", 32, is_string },
};

const size_t n_insn_classes = sizeof(insn_classes) / sizeof(insn_classes[0]);
