/* SPDX-License-Identifier: MIT */

/*
 * The second half of the decoder: what the operand names of the tables stand
 * for in the instruction at hand. A memory operand is complete in itself, with
 * the segment in force, so that whoever emulates treats ModRM memory, moffs and
 * the operands of string instructions alike.
 *
 * Intel SDM 2, 2.1.3 to 2.1.5 and 2.2.1; appendix A.2 for the operand names.
 */
#include "kernel/abi/errno.h"
#include "vmm/emul/decode_steps.h"

/* A memory operand at seg:[base], the segment by default and override. */
static void
mem_init(const struct decoder *d, struct insn_operand *op, uint8_t base)
{
	const struct insn *insn = d->insn;

	op->kind = INSN_KIND_MEM;
	op->mem.base = base;
	op->mem.index = INSN_NO_REG;
	op->mem.seg = base == INSN_RSP || base == INSN_RBP ? INSN_SS : INSN_DS;
	if (insn->seg != INSN_NO_REG)
		op->mem.seg = insn->seg;
}

static int
fetch_disp(struct decoder *d, unsigned int size, int64_t *disp)
{
	d->insn->disp_off = d->pos;
	d->insn->disp_len = size;
	return decoder_fetch_int(d, size, disp);
}

/* 16-bit addressing knows eight sums of BX, BP, SI, DI. */
static int
decode_mem16(struct decoder *d)
{
	static const uint8_t base[8] = { INSN_RBX, INSN_RBX, INSN_RBP, INSN_RBP,
		INSN_RSI, INSN_RDI, INSN_RBP, INSN_RBX };
	static const uint8_t index[8] = { INSN_RSI, INSN_RDI, INSN_RSI,
		INSN_RDI, INSN_NO_REG, INSN_NO_REG, INSN_NO_REG, INSN_NO_REG };
	unsigned int mod = d->insn->modrm >> 6;
	unsigned int rm = d->insn->modrm & 7;

	if (mod == 0 && rm == 6) {
		mem_init(d, &d->rm, INSN_NO_REG);
		return fetch_disp(d, 2, &d->rm.mem.disp);
	}
	mem_init(d, &d->rm, base[rm]);
	d->rm.mem.index = index[rm];
	return mod ? fetch_disp(d, mod, &d->rm.mem.disp) : 0;
}

/*
 * Base and index of SIB. RSP cannot be an index; base 5 under mod 0 is a bare
 * 32-bit displacement.
 */
static int
decode_sib(struct decoder *d)
{
	struct insn *insn = d->insn;
	uint8_t base, index;
	int err;

	insn->sib_off = d->pos;
	err = decoder_fetch_byte(d, &insn->sib);
	if (err)
		return err;
	base = (insn->sib & 7) | (insn->rex & REX_B ? 8 : 0);
	index = (insn->sib >> 3 & 7) | (insn->rex & REX_X ? 8 : 0);
	if ((base & 7) == 5 && insn->modrm >> 6 == 0)
		base = INSN_NO_REG;
	mem_init(d, &d->rm, base);
	if (index != INSN_RSP) {
		d->rm.mem.index = index;
		d->rm.mem.shift = insn->sib >> 6;
	}
	return 0;
}

static int
decode_mem32(struct decoder *d)
{
	struct insn *insn = d->insn;
	unsigned int mod = insn->modrm >> 6;
	unsigned int rm = insn->modrm & 7;
	int err = 0;

	if (rm == 4)
		err = decode_sib(d);
	else if (mod == 0 && rm == 5)
		mem_init(d, &d->rm,
			decoder_in_long_mode(d) ? INSN_RIP : INSN_NO_REG);
	else
		mem_init(d, &d->rm, rm | (insn->rex & REX_B ? 8 : 0));
	if (err)
		return err;
	if (mod == 1)
		return fetch_disp(d, 1, &d->rm.mem.disp);
	if (mod == 2 || d->rm.mem.base == INSN_RIP ||
		d->rm.mem.base == INSN_NO_REG)
		return fetch_disp(d, 4, &d->rm.mem.disp);
	return 0;
}

/* Whether an operand of this source lies in ModRM. */
static bool
source_has_modrm(unsigned int source)
{
	return (source >= SRC_E && source <= SRC_V) ||
		(source >= SRC_S && source <= SRC_D);
}

int
decode_modrm(struct decoder *d)
{
	struct insn *insn = d->insn;
	bool present = insn->modrm_off || d->flags & MODRM;
	int err;

	for (int i = 0; i < INSN_MAX_OPERANDS; i++)
		present |= source_has_modrm(OPTAB_SOURCE(d->arg[i]));
	if (!present)
		return 0;
	err = decoder_fetch_modrm(d);
	if (err)
		return err;
	d->rm_is_mem = insn->modrm >> 6 != 3 && !(d->flags & NOMOD);
	if (d->flags & (d->rm_is_mem ? ISREG : ISMEM))
		return -EINVAL;
	if (!d->rm_is_mem)
		return 0;
	return insn->adsize == 2 ? decode_mem16(d) : decode_mem32(d);
}

static unsigned int
operand_size(const struct decoder *d, unsigned int size)
{
	unsigned int v = d->insn->opsize;
	unsigned int native = decoder_in_long_mode(d) ? 8 : 4;

	switch (size) {
	case SIZE_B:
		return 1;
	case SIZE_W:
		return 2;
	case SIZE_D:
		return 4;
	case SIZE_Q:
		return 8;
	case SIZE_DQ:
		return 16;
	case SIZE_V:
	case SIZE_SB:
	case SIZE_SZ:
		return v;
	case SIZE_Z:
		return v == 8 ? 4 : v;
	case SIZE_Y:
		return v == 2 ? 4 : v;
	case SIZE_N:
		return native;
	case SIZE_P:
		return v + 2;
	case SIZE_A:
		return 2 * v;
	case SIZE_S:
		return native + 2;
	case SIZE_VW:
		return d->rm_is_mem ? 2 : v;
	default:
		return 0;
	}
}

/* A general register; without REX, byte registers 4..7 are AH..BH. */
static void
operand_gpr(const struct decoder *d, struct insn_operand *op, uint8_t reg)
{
	bool rex = d->insn->prefixes & INSN_REX ||
		d->insn->encoding != INSN_LEGACY;

	op->kind = INSN_KIND_REG;
	op->reg = reg;
	if (op->size == 1 && !rex && reg >= 4 && reg < 8) {
		op->reg = reg - 4;
		op->high = true;
	}
}

/* An r/m operand, of a source that may restrict it to memory or register. */
static int
operand_rm(
	const struct decoder *d, struct insn_operand *op, unsigned int source)
{
	const struct insn *insn = d->insn;
	uint8_t size = op->size;

	if (d->rm_is_mem ? source == SRC_R : source == SRC_M)
		return -EINVAL;
	if (d->rm_is_mem) {
		*op = d->rm;
		op->size = size;
	} else {
		operand_gpr(
			d, op, (insn->modrm & 7) | (insn->rex & REX_B ? 8 : 0));
	}
	return 0;
}

/* A segment, control or debug register: the first has no REX.R. */
static int
operand_special(
	const struct decoder *d, struct insn_operand *op, unsigned int source)
{
	uint8_t reg = d->insn->modrm >> 3 & 7;
	uint8_t high = d->insn->rex & REX_R ? 8 : 0;

	op->reg = reg;
	op->kind = INSN_KIND_SREG;
	if (source == SRC_S)
		return 0;
	op->reg |= high;
	op->kind = source == SRC_C ? INSN_KIND_CR : INSN_KIND_DR;
	/* Of the upper eight only CR8 exists. */
	return high && (source == SRC_D || reg) ? -EINVAL : 0;
}

/* How many bytes an immediate of this size has in the instruction. */
static unsigned int
imm_length(const struct decoder *d, const struct insn_operand *op, uint16_t arg)
{
	switch (OPTAB_SIZE(arg)) {
	case SIZE_SB:
		return 1;
	case SIZE_SZ:
		return operand_size(d, SIZE_Z);
	default:
		return op->size;
	}
}

static int
fetch_imm(struct decoder *d, unsigned int len, uint64_t *imm)
{
	struct insn *insn = d->insn;
	int64_t value = 0;
	int err;

	insn->imm_off[d->n_imm] = d->pos;
	insn->imm_len[d->n_imm] = len;
	d->n_imm++;
	err = decoder_fetch_int(d, len, &value);
	*imm = (uint64_t)value;
	return err;
}

static uint64_t
truncate(uint64_t value, unsigned int size)
{
	return size >= 8 ? value : value & ((1ull << 8 * size) - 1);
}

/* Operands that are bytes of the instruction. */
static int
operand_immediate(struct decoder *d, struct insn_operand *op, uint16_t arg)
{
	unsigned int source = OPTAB_SOURCE(arg);
	uint64_t sel = 0;
	int err;

	switch (source) {
	case SRC_O:
		mem_init(d, op, INSN_NO_REG);
		return fetch_disp(d, d->insn->adsize, &op->mem.disp);
	case SRC_A:
		op->kind = INSN_KIND_FAR;
		err = fetch_imm(d, op->size - 2, &op->imm);
		if (err)
			return err;
		op->imm = truncate(op->imm, op->size - 2);
		err = fetch_imm(d, 2, &sel);
		op->sel = sel & 0xffff;
		return err;
	case SRC_J:
		op->kind = INSN_KIND_REL;
		return fetch_imm(d, imm_length(d, op, arg), &op->imm);
	default:
		op->kind = INSN_KIND_IMM;
		err = fetch_imm(d, imm_length(d, op, arg), &op->imm);
		op->imm = truncate(op->imm, op->size);
		return err;
	}
}

static int
decode_operand(struct decoder *d, struct insn_operand *op, uint16_t arg)
{
	const struct insn *insn = d->insn;
	uint8_t reg = insn->modrm >> 3 & 7;
	uint8_t number = OPTAB_NUMBER(arg);

	switch (OPTAB_SOURCE(arg)) {
	case SRC_E:
	case SRC_M:
	case SRC_R:
	case SRC_V:
		return operand_rm(d, op, OPTAB_SOURCE(arg));
	case SRC_G:
		operand_gpr(d, op, reg | (insn->rex & REX_R ? 8 : 0));
		return 0;
	case SRC_Z:
		operand_gpr(d, op,
			(insn->opcode & 7) | (insn->rex & REX_B ? 8 : 0));
		return 0;
	case SRC_B:
		operand_gpr(d, op, insn->vvvv);
		return 0;
	case SRC_GPR:
		operand_gpr(d, op, number);
		return 0;
	case SRC_S:
	case SRC_C:
	case SRC_D:
		return operand_special(d, op, OPTAB_SOURCE(arg));
	case SRC_SREG:
		op->kind = INSN_KIND_SREG;
		op->reg = number;
		return 0;
	case SRC_ONE:
		op->kind = INSN_KIND_IMM;
		op->imm = 1;
		return 0;
	case SRC_X:
		mem_init(d, op, INSN_RSI);
		return 0;
	case SRC_Y:
		mem_init(d, op, INSN_RDI);
		op->mem.seg = INSN_ES; /* no prefix overrides it */
		return 0;
	case SRC_T:
		mem_init(d, op, INSN_RBX);
		return 0;
	default:
		return operand_immediate(d, op, arg);
	}
}

#define R  (INSN_R | INSN_R << 2 | INSN_R << 4)
#define W  (INSN_W | INSN_R << 2 | INSN_R << 4)
#define RW (INSN_R | R | W)
#define XX (RW | INSN_W << 2)
#define WW (INSN_W | INSN_W << 2 | INSN_R << 4)
#define WA INSN_W
#define NO 0
#define LK (1 << 6)

#define INSN_OP_ACCESS(name, access) [INSN_##name] = (access),
static const uint8_t op_access[INSN_OP_COUNT] = { INSN_OPS(INSN_OP_ACCESS) };

int
decode_operands(struct decoder *d)
{
	struct insn *insn = d->insn;
	unsigned int access = op_access[insn->op];
	int err;

	for (int i = 0; i < INSN_MAX_OPERANDS && d->arg[i]; i++) {
		struct insn_operand *op = &insn->operand[insn->n_operands];
		uint16_t arg = d->arg[i];

		if (OPTAB_SOURCE(arg) == SRC_V && !d->rm_is_mem)
			continue;
		op->size = operand_size(d, OPTAB_SIZE(arg));
		err = decode_operand(d, op, arg);
		if (err)
			return err;
		op->access = access >> 2 * i & 3;
		insn->n_operands++;
	}
	insn->lock_bad = insn->prefixes & INSN_LOCK &&
		!(access & LK && insn->operand[0].kind == INSN_KIND_MEM);
	return 0;
}
