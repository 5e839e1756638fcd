/* SPDX-License-Identifier: MIT */
/*
 * The emulator's frame: a table says how each operation is done.  Most are
 * functions on values: their operands are read before, as the decoder's access
 * rights say, and the results written after, so that one fault can undo all.
 */
#include "vmm/emul/exec_steps.h"
#include "vmm/event.h"

/* How an operation is done, and what must hold before. */
#define RAW	0x01u /* the function fetches and stores operands itself */
#define STATE	0x02u /* a fault must undo changes of the state, too */
#define CPL0	0x04u /* #GP outside CPL 0 */
#define CPL0_UD 0x08u /* #UD outside CPL 0 */
#define PROT	0x10u /* #UD outside protected mode */
#define UMIP	0x20u /* #GP outside CPL 0 if CR4.UMIP is set */

struct emul_rule {
	emul_fn *fn;
	uint8_t flags;
};

/* clang-format off */
#define EXIT { emul_exit, RAW }
#define EXIT0 { emul_exit, RAW | CPL0 }
#define UNDEFINED { emul_undefined, RAW }

static const struct emul_rule emul_rules[INSN_OP_COUNT] = {
	[INSN_MOV ... INSN_BSWAP] = { emul_move, 0 },
	[INSN_XCHG ... INSN_CMPXCHG] = { emul_exchange, 0 },
	[INSN_CMPXCHG8B ... INSN_CMPXCHG16B] = { emul_cmpxchg8b, RAW },
	[INSN_LEA ... INSN_SETCC] = { emul_move, 0 },
	[INSN_CBW ... INSN_SAHF] = { emul_accumulator, RAW },
	[INSN_LES ... INSN_LGS] = { emul_load_far, RAW },
	[INSN_ADD ... INSN_NOT] = { emul_arith, 0 },
	[INSN_MUL ... INSN_IMUL] = { emul_multiply, 0 },
	[INSN_DIV ... INSN_IDIV] = { emul_divide, 0 },
	[INSN_IMUL2 ... INSN_IMUL3] = { emul_multiply, 0 },
	[INSN_ROL ... INSN_SAR] = { emul_shift, 0 },
	[INSN_SHLD ... INSN_SHRD] = { emul_double_shift, 0 },
	[INSN_BT ... INSN_BTC] = { emul_bit, 0 },
	[INSN_BSF ... INSN_POPCNT] = { emul_bit_scan, 0 },
	[INSN_PUSH ... INSN_POP] = { emul_stack, RAW },
	[INSN_PUSHA ... INSN_POPA] = { emul_stack_all, RAW },
	[INSN_PUSHF ... INSN_POPF] = { emul_stack, RAW },
	[INSN_ENTER] = { emul_enter, RAW },
	[INSN_LEAVE] = { emul_stack, RAW },
	[INSN_CALL ... INSN_JCC] = { emul_branch, RAW },
	[INSN_CALLF ... INSN_JMPF] = { emul_far, RAW | STATE },
	[INSN_RETF] = { emul_return, RAW | STATE },
	[INSN_LOOPNE ... INSN_JCXZ] = { emul_branch, RAW },
	[INSN_INT ... INSN_INTO] = { emul_software_interrupt, RAW | STATE },
	[INSN_IRET] = { emul_return, RAW | STATE },
	[INSN_UD0 ... INSN_UD2] = UNDEFINED,
	[INSN_MOVS ... INSN_SCAS] = { emul_string, RAW },
	[INSN_INS ... INSN_OUT] = EXIT,
	[INSN_CLC ... INSN_CMC] = { emul_flag, RAW },
	[INSN_CLI ... INSN_STI] = { emul_guard, RAW },
	[INSN_CLD ... INSN_STD] = { emul_flag, RAW },
	[INSN_CLAC ... INSN_STAC] = { emul_guard, RAW },
	[INSN_NOP ... INSN_PREFETCH] = { emul_flag, RAW },
	[INSN_LFENCE ... INSN_SFENCE] = { emul_flag, RAW },

	[INSN_HLT ... INSN_CLTS] = EXIT0, /* and MOV_CR, MOV_DR */
	[INSN_SMSW] = { emul_system_register, UMIP },
	[INSN_LMSW] = { emul_exit, CPL0 },
	[INSN_SGDT ... INSN_SIDT] = { emul_table, RAW | UMIP },
	[INSN_LGDT ... INSN_LIDT] = { emul_table, RAW | CPL0 },
	[INSN_SLDT ... INSN_STR] = { emul_system_register, PROT | UMIP },
	[INSN_LLDT ... INSN_LTR] = { emul_system_register,
		PROT | CPL0 | STATE },
	[INSN_VERR ... INSN_LSL] = { emul_verify, RAW | PROT },
	[INSN_ARPL] = { emul_arpl, PROT },
	[INSN_RDMSR ... INSN_WRMSR] = EXIT0,
	[INSN_RDTSC ... INSN_RDPMC] = EXIT,
	[INSN_CPUID ... INSN_XSETBV] = EXIT,
	[INSN_RDFSBASE ... INSN_WRGSBASE] = { emul_base, 0 },
	[INSN_SWAPGS] = { emul_base, RAW | CPL0 },
	[INSN_SYSCALL ... INSN_SYSRET] = { emul_syscall, RAW | STATE },
	[INSN_SYSENTER ... INSN_RSM] = UNDEFINED,
	[INSN_INVLPG] = { emul_invlpg, RAW | CPL0 },
	[INSN_INVPCID] = UNDEFINED, /* not offered */
	[INSN_INVD ... INSN_WBINVD] = EXIT0,
	[INSN_MONITOR ... INSN_MWAITX] = { emul_exit, RAW | CPL0_UD },
	[INSN_VMRUN ... INSN_INVVPID] = EXIT,
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

/* What an instruction needs whatever its operands are; 0 or a vector. */
static uint8_t
emul_forbidden(const struct emul *e, uint8_t flags)
{
	const struct vcpu_state *s = e->state;

	if ((flags & PROT) && !(s->cr0 & CR0_PE))
		return VEC_UD;
	if (s->cpl == 0)
		return 0;
	if (flags & CPL0_UD)
		return VEC_UD;
	if ((flags & CPL0) || ((flags & UMIP) && (s->cr4 & CR4_UMIP)))
		return VEC_GP;
	return 0;
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

static enum emul_result
emul_on_state(struct emul_step *x, const struct emul_rule *rule)
{
	struct vcpu_state saved = *x->e->state;
	enum emul_result r =
		rule->flags & RAW ? rule->fn(x) : emul_on_values(x, rule->fn);

	if (r != EMUL_NEXT && r != EMUL_JUMPED)
		*x->e->state = saved;
	return r;
}

/* Field by field: half of the struct is the copy of the registers. */
static inline void
emul_begin(struct emul_step *x, struct emul *e, const struct insn *insn)
{
	x->e = e;
	x->insn = insn;
	x->gpr = e->regs->gpr;
	x->next_rip = e->regs->rip + insn->len;
	x->flags = e->regs->rflags & ~RFLAGS_RF;
	x->size = insn->operand[0].size;
	x->val[0] = x->val[1] = x->val[2] = 0;
	x->ea = x->old = 0;
	x->implicit = x->keep = false;
	x->saved = *e->regs;
}

enum emul_result
emul_exec(struct emul *e, const struct insn *insn)
{
	const struct emul_rule *rule =
		&emul_rules[insn->op < INSN_OP_COUNT ? insn->op : 0];
	struct emul_step x;
	enum emul_result r;
	uint8_t vector;

	emul_begin(&x, e, insn);
	if (!rule->fn || (e->regs->rflags & RFLAGS_VM))
		return EMUL_UNKNOWN;
	if (insn->lock_bad)
		return emul_fault(e, VEC_UD, 0);
	vector = rule->flags > RAW ? emul_forbidden(e, rule->flags) : 0;
	if (vector)
		return emul_fault(e, vector, 0);
	if (insn->mode != CPU_MODE_64)
		x.next_rip = (uint32_t)x.next_rip;
	if (rule->flags & STATE)
		r = emul_on_state(&x, rule);
	else
		r = rule->flags & RAW ? rule->fn(&x)
				      : emul_on_values(&x, rule->fn);
	if (r == EMUL_NEXT || r == EMUL_JUMPED)
		e->regs->rflags = x.flags;
	else
		*e->regs = x.saved;
	return r;
}
