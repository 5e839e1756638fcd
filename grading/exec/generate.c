/* SPDX-License-Identifier: MIT */
/*
 * Making up cases: an instruction of a class out of the decoder's own tables,
 * then registers and memory that let it do something.
 *
 * Plain random registers would make nearly every access a fault, so the base
 * register of each memory operand is moved to let the operand lie in the
 * arena: mostly well inside, sometimes across an edge, on the read-only page,
 * in a hole, or at no canonical address.
 */
#include "grading/drivers/lib/dice.h"
#include "grading/exec/diff.h"

#include <stdlib.h>
#include <string.h>

#define CANDIDATES 4096
#define TRIES	   400

/* One way to spell an instruction: what is fixed of it. */
struct candidate {
	uint8_t encoding, map, opcode;
	uint8_t reg; /* of ModRM */
	uint8_t pp;
	bool mem;
};

struct speller {
	const struct insn_class *class;
	uint16_t plain; /* what the last spelling without prefix was */
	size_t n;
	struct candidate candidate[CANDIDATES];
};

/*
 * Spell a candidate with random other parts into bytes, 15 of them.  Prefixes
 * come with the given chance in percent.
 */
static void
candidate_spell(const struct candidate *c, struct dice *d, int mode,
	unsigned prefixes, uint8_t *bytes)
{
	static const uint8_t legacy[] = { 0x66, 0x66, 0x66, 0xf2, 0xf3, 0xf3,
		0x67, 0x65, 0xf0 };
	static const uint8_t mandatory[4] = { 0, 0x66, 0xf3, 0xf2 };
	uint8_t *p = bytes, modrm;

	for (unsigned i = 0; i < INSN_MAX_LEN; i++)
		bytes[i] = (uint8_t)dice_next(d);
	if (dice_percent(d, prefixes))
		*p++ = legacy[dice_below(d, sizeof(legacy))];
	if (c->encoding == INSN_VEX) {
		*p++ = 0xc4;
		*p = (uint8_t)(dice_next(d) << 5 | c->map);
		*p |= mode == 64 ? 0 : 0xc0;
		p++;
		*p = (uint8_t)((dice_next(d) & 0xf8) | c->pp);
		p++;
	} else {
		if (c->pp)
			*p++ = mandatory[c->pp];
		if (mode == 64 && dice_percent(d, 2 * prefixes))
			*p++ = (uint8_t)(0x40 | (dice_next(d) & 15));
		if (c->map != INSN_MAP_1B)
			*p++ = 0x0f;
		if (c->map > INSN_MAP_0F)
			*p++ = c->map == INSN_MAP_0F38 ? 0x38 : 0x3a;
	}
	*p++ = c->opcode;
	modrm = (uint8_t)((dice_next(d) & 7) | c->reg << 3);
	modrm |= c->mem ? (uint8_t)(dice_below(d, 3) << 6) : 0xc0;
	*p = modrm;
}

static void
speller_try(struct speller *s, struct candidate c, struct dice *d)
{
	uint8_t bytes[INSN_MAX_LEN];
	struct insn insn;

	candidate_spell(&c, d, s->class->mode, 0, bytes);
	if (insn_decode(bytes, sizeof(bytes), s->class->mode, &insn) ||
		insn.opcode != c.opcode || insn.map != c.map ||
		insn.encoding != c.encoding || !s->class->has(&insn))
		return;
	/* without ModRM one spelling is enough; where a prefix changes
	 * nothing but sizes, it comes by chance, too */
	if (!insn.modrm_off && (c.reg || c.mem))
		return;
	if (c.encoding == INSN_LEGACY && c.pp && insn.op == s->plain)
		return;
	if (!c.pp)
		s->plain = insn.op;
	if (s->n == CANDIDATES)
		abort();
	s->candidate[s->n++] = c;
}

/* All spellings of a class. */
static void
speller_init(struct speller *s, const struct insn_class *class)
{
	struct dice d = { 0 };

	s->class = class;
	s->n = 0;
	s->plain = INSN_INVALID;
	for (unsigned at = 0; at < 2 * 4 * 256 * 64; at++) {
		struct candidate c = {
			.encoding = at >> 17 & 1 ? INSN_VEX : INSN_LEGACY,
			.map = at >> 14 & 3,
			.opcode = (uint8_t)(at >> 6),
			.reg = at >> 3 & 7,
			.mem = at >> 2 & 1,
			.pp = at & 3,
		};

		speller_try(s, c, &d);
	}
}

/* Where a memory operand shall lie. */
static uint64_t
pick_address(struct dice *d)
{
	uint64_t at = dice_below(d, ARENA_RW - 64);

	switch (dice_below(d, 20)) {
	case 0:
		return ARENA + PAGE - 16 + dice_below(d, 32);
	case 1:
		return ARENA + ARENA_RW - 16 + dice_below(d, 32);
	case 2:
		return ARENA - 16 + dice_below(d, 32);
	case 3:
		return ARENA - 4 * PAGE + dice_below(d, 2 * PAGE);
	case 4:
		return dice_next(d) | 1ull << 63;
	default:
		return ARENA + (at & ~(dice_next(d) & 15));
	}
}

static void
put_bytes(uint8_t *to, uint64_t value, unsigned n)
{
	memcpy(to, &value, n);
}

/* Move base register or displacement so that the operand lies at `at`. */
static void
operand_move(struct test_case *c, const struct insn_operand *op, uint64_t at)
{
	const struct insn *insn = &c->insn;
	uint64_t ea = insn_ea(insn, op, c->regs.gpr, c->regs.rip + insn->len);
	uint8_t base = op->mem.base;

	if (insn->mode == CPU_MODE_64 && op->mem.seg == INSN_GS)
		at -= GS_BASE;
	if (base < GPRS)
		c->regs.gpr[base] += at - ea;
	else if (insn->disp_len >= 4)
		put_bytes(c->bytes + insn->disp_off,
			(uint64_t)op->mem.disp + at - ea, insn->disp_len);
}

static void
case_memory_operands(struct test_case *c, struct dice *d)
{
	struct insn *insn = &c->insn;

	for (unsigned i = 0; i < insn->n_operands; i++)
		if (insn->operand[i].kind == INSN_KIND_MEM)
			operand_move(c, &insn->operand[i], pick_address(d));
	insn_decode(c->bytes, sizeof(c->bytes), insn->mode, insn);
}

/* Loops have a count, jumps a place to go to. */
static void
case_special(struct test_case *c, struct dice *d)
{
	struct insn *insn = &c->insn;
	const struct insn_operand *op = &insn->operand[0];

	if ((insn->op >= INSN_MOVS && insn->op <= INSN_OUTS) &&
		dice_percent(d, 90))
		c->regs.gpr[GPR_RCX] = dice_below(d, 40);
	if (insn->op >= INSN_LOOPNE && insn->op <= INSN_JCXZ &&
		dice_percent(d, 40))
		c->regs.gpr[GPR_RCX] = dice_below(d, 3);
	if (insn->op >= INSN_BT && insn->op <= INSN_BTC &&
		insn->operand[1].kind == INSN_KIND_REG && dice_percent(d, 90))
		c->regs.gpr[insn->operand[1].reg] = dice_below(d, 1024) - 512;
	if (op->kind == INSN_KIND_REL && insn->imm_len[0] >= 2)
		put_bytes(c->bytes + insn->imm_off[0],
			ARENA + dice_below(d, PAGE) - c->regs.rip,
			insn->imm_len[0]);
	if (insn->op >= INSN_CALL && insn->op <= INSN_JMP &&
		op->kind == INSN_KIND_REG)
		c->regs.gpr[op->reg] = pick_address(d);
	insn_decode(c->bytes, sizeof(c->bytes), insn->mode, insn);
}

/* A whole page of memory, with some words that are addresses. */
static void
case_memory(struct test_case *c, struct dice *d)
{
	for (unsigned i = 0; i < ARENA_RW; i += 8) {
		uint64_t value =
			dice_percent(d, 20) ? pick_address(d) : dice_value(d);

		memcpy(c->memory + i, &value, 8);
	}
	memset(c->memory + ARENA_RW, 0x5a, PAGE);
}

static void
case_registers(struct test_case *c, struct dice *d)
{
	uint64_t mask = c->insn.mode == CPU_MODE_64 ? ~0ull : 0xffffffff;
	uint64_t flags = RFLAGS_ARITH;

	if (dice_percent(d, 30))
		flags |= RFLAGS_DF;
	if (native_checks_alignment() && dice_percent(d, 10))
		flags |= RFLAGS_AC;
	for (unsigned i = 0; i < GPRS; i++)
		c->regs.gpr[i] = dice_value(d);
	c->regs.gpr[GPR_RSP] = pick_address(d);
	if (c->insn.op == INSN_LEAVE || c->insn.op == INSN_ENTER)
		c->regs.gpr[GPR_RBP] = pick_address(d);
	for (unsigned i = 0; i < GPRS; i++)
		c->regs.gpr[i] =
			i < 8 || mask == ~0ull ? c->regs.gpr[i] & mask : 0;
	c->regs.rflags = (dice_next(d) & flags) | 0x202;
}

static bool
case_fits(const struct insn *insn, const struct insn_class *class)
{
	for (unsigned i = 0; i < insn->n_operands; i++)
		if (insn->operand[i].kind == INSN_KIND_MEM &&
			insn->operand[i].mem.seg == INSN_FS)
			return false; /* the C library's */
	if (insn->mode == CPU_MODE_32 && insn->seg != INSN_NO_REG)
		return false;
	return class->has(insn);
}

void
case_make(struct test_case *c, const struct insn_class *class, uint64_t seed,
	uint64_t n)
{
	static struct speller speller;
	struct dice d = { seed * 0x100000001b3ull + n +
		(uint64_t) class->mode };

	if (speller.class != class)
		speller_init(&speller, class);
	c->seed = seed;
	for (unsigned try = 0;; try++) {
		const struct candidate *k;

		if (try == TRIES || !speller.n)
			abort();
		k = &speller.candidate[dice_below(&d, speller.n)];
		candidate_spell(k, &d, class->mode, 40, c->bytes);
		if (!insn_decode(c->bytes, sizeof(c->bytes), class->mode,
			    &c->insn) &&
			case_fits(&c->insn, class))
			break;
	}
	c->regs.rip = CODE + 1024 + dice_below(&d, 1024);
	case_registers(c, &d);
	case_special(c, &d);
	case_memory_operands(c, &d);
	case_memory(c, &d);
}
