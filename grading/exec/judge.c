/* SPDX-License-Identifier: MIT */
/* The emulator's side of a case, and the comparison. */
#include "grading/exec/diff.h"

#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The emulator's memory: the arena as a user program of the host has it. */
struct judge {
	struct emul emul;
	uint8_t *memory;
	bool unsafe; /* reached for more than arena and holes */
};

static struct judge *
to_judge(struct emul *e)
{
	return (struct judge *)((char *)e - offsetof(struct judge, emul));
}

/* The same on every page that [gva, gva + size) touches, in order. */
static enum emul_result
judge_touch(struct emul *e, uint64_t gva, unsigned size, bool write)
{
	struct judge *j = to_judge(e);
	uint32_t error = ACCESS_USER | (write ? ACCESS_WRITE : 0);

	for (uint64_t at = gva; at < gva + size; at = (at | (PAGE - 1)) + 1) {
		if (at < ARENA - HOLE || at >= ARENA + HOLE)
			j->unsafe = true;
		if (at < ARENA || at >= ARENA + ARENA_SIZE)
			return emul_page_fault(e, error, at);
		if (write && at >= ARENA + ARENA_RW)
			return emul_page_fault(e, error | ACCESS_PRESENT, at);
	}
	return EMUL_NEXT;
}

static enum emul_result
judge_read(struct emul *e, uint64_t gva, void *data, unsigned size,
	uint32_t access)
{
	enum emul_result r = judge_touch(e, gva, size, access & ACCESS_WRITE);

	if (r == EMUL_NEXT)
		memcpy(data, to_judge(e)->memory + (gva - ARENA), size);
	return r;
}

static enum emul_result
judge_write(struct emul *e, uint64_t gva, const void *data, unsigned size,
	uint32_t access)
{
	enum emul_result r = judge_touch(e, gva, size, true);

	(void)access;
	if (r == EMUL_NEXT)
		memcpy(to_judge(e)->memory + (gva - ARENA), data, size);
	return r;
}

static enum emul_result
judge_cmpxchg(struct emul *e, uint64_t gva, const void *old, const void *new,
	unsigned size, uint32_t access)
{
	uint8_t now[16];
	enum emul_result r =
		judge_read(e, gva, now, size, access | ACCESS_WRITE);

	if (r != EMUL_NEXT)
		return r;
	if (memcmp(now, old, size) != 0)
		abort(); /* nobody else writes here */
	return judge_write(e, gva, new, size, access);
}

static const struct emul_ops judge_ops = {
	.read = judge_read,
	.write = judge_write,
	.cmpxchg = judge_cmpxchg,
};

/* The state of a user program of Linux. */
static struct vcpu_state
judge_state(int mode)
{
	struct vcpu_state s = { .cpl = 3 };

	for (unsigned i = 0; i < SEGS; i++)
		s.seg[i] = (struct vseg){ 0x2b, 0xcf3, 0xffffffff, 0 };
	s.seg[SEG_CS].sel = mode == 64 ? 0x33 : 0x23;
	s.seg[SEG_CS].attr = mode == 64 ? 0xafb : 0xcfb;
	s.seg[SEG_GS].base = GS_BASE;
	s.cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP;
	if (native_checks_alignment())
		s.cr0 |= CR0_AM;
	s.cr4 = CR4_PAE | CR4_PGE | CR4_PSE;
	s.efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
	return s;
}

/*
 * Does this CPU have the instruction at all?  (SDM 2, "CPUID Feature Flag" of
 * each; what is older than x86-64 is always there.)
 */
static bool
judge_cpu_has(const struct insn *insn)
{
	unsigned a, b, c = 0, d;

	switch (insn->op) {
	case INSN_MOVDIRI:
		return __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
			(c & 1u << 27);
	case INSN_MOVBE:
		return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_MOVBE);
	case INSN_POPCNT:
		return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_POPCNT);
	case INSN_CMPXCHG16B:
		return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_CMPXCHG16B);
	default:
		return true;
	}
}

/* False: the case is unfit. */
static bool
judge_emulate(const struct test_case *c, struct outcome *out)
{
	struct vcpu_state state = judge_state(c->insn.mode);
	uint8_t memory[ARENA_SIZE];
	struct judge j = { .emul = { .regs = &out->regs,
				   .state = &state,
				   .ops = &judge_ops },
		.memory = memory };
	enum emul_result r;

	memcpy(memory, c->memory, sizeof(memory));
	out->regs = c->regs;
	do
		r = emul_exec(&j.emul, &c->insn);
	while (r == EMUL_AGAIN);
	memcpy(out->memory, memory, sizeof(out->memory));
	out->fault = r == EMUL_FAULT;
	out->what = j.emul.fault;
	if (r == EMUL_NEXT)
		out->regs.rip = c->regs.rip + c->insn.len;
	if (r == EMUL_JUMPED) {
		uint64_t to = out->regs.rip;

		/* code only where there is INT3, or none at all */
		if (to - c->regs.rip < c->insn.len ||
			!((to >= CODE && to < CODE + PAGE) ||
				(to >= ARENA - HOLE && to < ARENA + HOLE)))
			return false;
	}
	if (r > EMUL_FAULT) {
		fprintf(stderr, "%s: result %d\n", insn_name(c->insn.op), r);
		abort();
	}
	return !j.unsafe;
}

/* The count of a shift. */
static unsigned
judge_count(const struct test_case *c)
{
	const struct insn_operand *last =
		&c->insn.operand[c->insn.n_operands - 1];
	uint64_t count =
		last->kind == INSN_KIND_IMM ? last->imm : c->regs.gpr[GPR_RCX];

	return count & (c->insn.operand[0].size == 8 ? 63 : 31);
}

/* Does the manual say nothing about the result? */
static bool
judge_has_no_result(const struct test_case *c)
{
	const struct insn *insn = &c->insn;

	return (insn->op == INSN_SHLD || insn->op == INSN_SHRD) &&
		judge_count(c) > 8u * insn->operand[0].size;
}

/* The flags that the manual leaves undefined after an instruction. */
static uint64_t
judge_undefined(const struct test_case *c)
{
	const struct insn *insn = &c->insn;
	unsigned size = insn->operand[0].size, count;
	uint64_t undefined = 0;

	switch (insn->op) {
	case INSN_AND:
	case INSN_OR:
	case INSN_XOR:
	case INSN_TEST:
		return RFLAGS_AF;
	case INSN_MUL:
	case INSN_IMUL:
	case INSN_IMUL2:
	case INSN_IMUL3:
		return RFLAGS_ARITH & ~(RFLAGS_CF | RFLAGS_OF);
	case INSN_DIV:
	case INSN_IDIV:
		return RFLAGS_ARITH;
	case INSN_BT:
	case INSN_BTS:
	case INSN_BTR:
	case INSN_BTC:
		return RFLAGS_ARITH & ~(RFLAGS_CF | RFLAGS_ZF);
	case INSN_BSF:
	case INSN_BSR:
		return RFLAGS_ARITH & ~RFLAGS_ZF;
	case INSN_TZCNT:
	case INSN_LZCNT:
		return RFLAGS_ARITH & ~(RFLAGS_ZF | RFLAGS_CF);
	}
	if (insn->op < INSN_ROL || insn->op > INSN_SHRD)
		return 0;
	count = judge_count(c);
	if (count == 0)
		return 0;
	if (count != 1)
		undefined |= RFLAGS_OF;
	if (insn->op >= INSN_SHL)
		undefined |= RFLAGS_AF;
	if (insn->op >= INSN_SHL && count >= 8 * size)
		undefined |= RFLAGS_CF;
	return undefined;
}

/*
 * Where a repeated CMPS or SCAS faults in the middle, Intel's CPUs put the
 * flags back to what they were before it (SDM 2B, "REP"), and AMD's leave what
 * some comparison made of them.  It does not read them, so nobody can tell
 * when it is resumed.
 */
static bool
judge_repeats_compare(const struct insn *insn)
{
	return (insn->op == INSN_CMPS || insn->op == INSN_SCAS) &&
		(insn->prefixes & (INSN_REP | INSN_REPNE));
}

static void
outcome_print(const char *who, const struct outcome *o)
{
	fprintf(stderr, "  %-8s rip %lx flags %lx", who, o->regs.rip,
		o->regs.rflags);
	if (o->fault)
		fprintf(stderr, " fault %u(%x) at %lx", o->what.vector,
			o->what.error, o->what.address);
	for (unsigned i = 0; i < GPRS; i++)
		fprintf(stderr, "%s%016lx", i % 8 ? " " : "\n    ",
			o->regs.gpr[i]);
	fprintf(stderr, "\n");
}

static void
case_print(const struct test_case *c, const struct outcome *cpu,
	const struct outcome *emulator)
{
	struct outcome before = { .regs = c->regs };

	fprintf(stderr, "%s:", insn_name(c->insn.op));
	for (unsigned i = 0; i < c->insn.len; i++)
		fprintf(stderr, " %02x", c->bytes[i]);
	fprintf(stderr, "\n");
	outcome_print("before", &before);
	outcome_print("cpu", cpu);
	outcome_print("emulator", emulator);
	for (unsigned i = 0; i < ARENA_RW; i++)
		if (cpu->memory[i] != emulator->memory[i])
			fprintf(stderr,
				"  at %x: was %02x, cpu %02x, "
				"emulator %02x\n",
				ARENA + i, c->memory[i], cpu->memory[i],
				emulator->memory[i]);
}

static bool
outcome_same(const struct test_case *c, const struct outcome *cpu,
	const struct outcome *emulator)
{
	uint64_t flags = RFLAGS_ARITH | RFLAGS_DF | RFLAGS_TF | RFLAGS_NT |
		RFLAGS_AC | RFLAGS_ID;
	uint64_t mask = c->insn.mode == CPU_MODE_64 ? ~0ull : 0xffffffff;

	if (cpu->fault != emulator->fault)
		return false;
	if (cpu->fault &&
		(cpu->what.vector != emulator->what.vector ||
			cpu->what.error != emulator->what.error ||
			cpu->what.address != emulator->what.address))
		return false;
	if (!cpu->fault)
		flags &= ~judge_undefined(c);
	else if (judge_repeats_compare(&c->insn))
		flags &= ~RFLAGS_ARITH;
	if (((cpu->regs.rflags ^ emulator->regs.rflags) & flags) ||
		cpu->regs.rip != emulator->regs.rip)
		return false;
	for (unsigned i = 0; i < (mask == ~0ull ? GPRS : 8); i++)
		if ((cpu->regs.gpr[i] ^ emulator->regs.gpr[i]) & mask)
			return false;
	return memcmp(cpu->memory, emulator->memory, ARENA_RW) == 0;
}

/*
 * CMPS reads twice, and no manual says in which order: where both reads fault,
 * CPUs differ in which fault they raise.  The case with the order changed.
 */
static bool
judge_other_order(struct test_case *c)
{
	struct insn_operand first = c->insn.operand[0];

	if (c->insn.op != INSN_CMPS)
		return false;
	c->insn.operand[0] = c->insn.operand[1];
	c->insn.operand[1] = first;
	return true;
}

/*
 * An operand of CMPXCHG16B that is neither aligned (#GP) nor canonical (#SS
 * through RSP or RBP): no manual says which of the two comes first.
 */
static void
judge_either_vector(const struct test_case *c, const struct outcome *cpu,
	struct outcome *emulator)
{
	if (c->insn.op == INSN_CMPXCHG16B && emulator->fault &&
		emulator->what.vector == VEC_SS && cpu->fault &&
		cpu->what.vector == VEC_GP)
		emulator->what.vector = VEC_GP;
}

/*
 * A near CALL to an address that is not canonical: in the manual the check
 * comes before the push (SDM 2A, CALL, "Operation").  There are CPUs (family 6,
 * model 167, in a virtual machine) that store the return address below RSP, and
 * then fault with RSP as it was.
 */
static void
judge_early_push(const struct test_case *c, const struct outcome *cpu,
	struct outcome *emulator)
{
	uint64_t at = c->regs.gpr[GPR_RSP] - 8 - ARENA;
	uint64_t next = c->regs.rip + c->insn.len;

	if (c->insn.op == INSN_CALL && c->insn.mode == CPU_MODE_64 &&
		emulator->fault && emulator->what.vector == VEC_GP &&
		at <= ARENA_RW - 8 && memcmp(cpu->memory + at, &next, 8) == 0)
		memcpy(emulator->memory + at, &next, 8);
}

enum judgement
case_judge(const struct test_case *c, bool verbose)
{
	static struct outcome cpu, emulator, swapped, again;
	struct test_case other = *c;
	bool two_orders;

	if (judge_has_no_result(c) || !judge_cpu_has(&c->insn))
		return JUDGED_DROPPED;
	memset(&emulator, 0, sizeof(emulator));
	memset(&swapped, 0, sizeof(swapped));
	memset(&cpu, 0, sizeof(cpu));
	if (!judge_emulate(c, &emulator))
		return JUDGED_DROPPED;
	two_orders = emulator.fault && judge_other_order(&other);
	if (two_orders && !judge_emulate(&other, &swapped))
		return JUDGED_DROPPED;
	/* some hypervisors cannot go back to a program like that */
	if (!is_canonical(c->regs.gpr[GPR_RSP]) ||
		!is_canonical(emulator.regs.gpr[GPR_RSP]))
		return JUDGED_DROPPED;
	native_run(c, &cpu);
	judge_either_vector(c, &cpu, &emulator);
	judge_early_push(c, &cpu, &emulator);
	if (outcome_same(c, &cpu, &emulator) ||
		(two_orders && swapped.fault &&
			outcome_same(c, &cpu, &swapped)))
		return JUDGED_SAME;
	/* seen once: the NT that a POPF had set was lost in a virtual machine
	 */
	memset(&again, 0, sizeof(again));
	native_run(c, &again);
	if (!outcome_same(c, &cpu, &again))
		return JUDGED_UNSTEADY;
	if (verbose)
		case_print(c, &cpu, &emulator);
	return JUDGED_DIFFERENT;
}
