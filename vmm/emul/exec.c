/* SPDX-License-Identifier: MIT */
/*
 * The emulator's frame: a table says how each operation is done.  Most are
 * functions on values: their operands are read before, as the decoder's access
 * rights say, and the results written after, so that one fault can undo all.
 */
#include "vmm/emul/exec_steps.h"
#include "vmm/event.h"

struct emul_rule {
	emul_fn *fn;
	bool raw; /* fn fetches and stores its operands itself */
};

/* clang-format off */
#define ON_VALUES(f) { .fn = (f) }
#define RAW(f)       { .fn = (f), .raw = true }

static const struct emul_rule emul_rules[INSN_OP_COUNT] = {
	[INSN_MOV ... INSN_BSWAP] = ON_VALUES(emul_move),
	[INSN_XCHG ... INSN_CMPXCHG] = ON_VALUES(emul_exchange),
	[INSN_CMPXCHG8B ... INSN_CMPXCHG16B] = RAW(emul_cmpxchg8b),
	[INSN_LEA ... INSN_SETCC] = ON_VALUES(emul_move),
	[INSN_CBW ... INSN_SAHF] = RAW(emul_accumulator),
	[INSN_ADD ... INSN_NOT] = ON_VALUES(emul_arith),
	[INSN_MUL ... INSN_IMUL] = ON_VALUES(emul_multiply),
	[INSN_DIV ... INSN_IDIV] = ON_VALUES(emul_divide),
	[INSN_IMUL2 ... INSN_IMUL3] = ON_VALUES(emul_multiply),
	[INSN_ROL ... INSN_SAR] = ON_VALUES(emul_shift),
	[INSN_SHLD ... INSN_SHRD] = ON_VALUES(emul_double_shift),
	[INSN_BT ... INSN_BTC] = ON_VALUES(emul_bit),
	[INSN_BSF ... INSN_POPCNT] = ON_VALUES(emul_bit_scan),
	[INSN_PUSH ... INSN_POP] = RAW(emul_stack),
	[INSN_PUSHA ... INSN_POPA] = RAW(emul_stack_all),
	[INSN_PUSHF ... INSN_POPF] = RAW(emul_stack),
	[INSN_ENTER] = RAW(emul_enter), [INSN_LEAVE] = RAW(emul_stack),
	[INSN_CALL ... INSN_JCC] = RAW(emul_branch),
	[INSN_LOOPNE ... INSN_JCXZ] = RAW(emul_branch),
	[INSN_MOVS ... INSN_SCAS] = RAW(emul_string),
	[INSN_CLC ... INSN_CMC] = RAW(emul_flag),
	[INSN_CLD ... INSN_STD] = RAW(emul_flag),
	[INSN_NOP ... INSN_PREFETCH] = RAW(emul_flag),
	[INSN_LFENCE ... INSN_SFENCE] = RAW(emul_flag),
};
/* clang-format on */

enum emul_result
emul_fault(struct emul *e, uint8_t vector, uint32_t error)
{
	e->fault = (struct emul_fault){ .vector = vector, .error = error };
	return EMUL_FAULT;
}

enum emul_result
emul_page_fault(struct emul *e, uint32_t error, uint64_t address)
{
	e->fault = (struct emul_fault){
		.vector = VEC_PF, .error = error, .address = address
	};
	return EMUL_FAULT;
}

static enum emul_result
emul_on_values(struct emul_step *x, emul_fn *fn)
{
	const struct insn *insn = x->insn;
	enum emul_result r = EMUL_NEXT;

	for (unsigned i = 0; r == EMUL_NEXT && i < insn->n_operands; i++)
		if (insn->operand[i].access & INSN_R)
			r = emul_load(x, i);
	if (r != EMUL_NEXT)
		return r;
	x->old = x->val[0];
	r = fn(x);
	if (x->keep)
		return r;
	/* the first operand last: where two are the same register it stays */
	for (unsigned i = insn->n_operands; r == EMUL_NEXT && i-- > 0;)
		if (insn->operand[i].access & INSN_W)
			r = emul_store(x, i);
	return r;
}

enum emul_result
emul_exec(struct emul *e, const struct insn *insn)
{
	const struct emul_rule *rule =
		&emul_rules[insn->op < INSN_OP_COUNT ? insn->op : 0];
	struct emul_step x = {
		.e = e,
		.insn = insn,
		.gpr = e->regs->gpr,
		.next_rip = e->regs->rip + insn->len,
		.flags = e->regs->rflags & ~RFLAGS_RF,
		.size = insn->operand[0].size,
		.saved = *e->regs,
	};
	enum emul_result r;

	if (insn->lock_bad)
		return emul_fault(e, VEC_UD, 0);
	if (!rule->fn)
		return EMUL_UNKNOWN;
	if (insn->mode != CPU_MODE_64)
		x.next_rip = (uint32_t)x.next_rip;
	r = rule->raw ? rule->fn(&x) : emul_on_values(&x, rule->fn);
	if (r == EMUL_NEXT || r == EMUL_JUMPED)
		e->regs->rflags = x.flags;
	else
		*e->regs = x.saved;
	return r;
}
