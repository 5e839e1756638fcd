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

/* A register number: three bits of the instruction, and one of REX. */
static uint8_t
reg_number(const struct decoder *d, uint8_t low, uint8_t rex_bit)
{
	return (low & 7) | (d->insn->rex & rex_bit ? 8 : 0);
}

/* A memory operand at seg:[base], the segment by default and override. */
static int
operand_mem(const struct decoder *d, struct insn_operand *op, uint8_t base)
{
	const struct insn *insn = d->insn;

	op->kind = INSN_KIND_MEM;
	op->mem.base = base;
	op->mem.index = INSN_NO_REG;
	op->mem.seg = base == INSN_RSP || base == INSN_RBP ? INSN_SS : INSN_DS;
	if (insn->seg != INSN_NO_REG)
		op->mem.seg = insn->seg;
	return 0;
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
		operand_mem(d, &d->rm, INSN_NO_REG);
		return fetch_disp(d, 2, &d->rm.mem.disp);
	}
	operand_mem(d, &d->rm, base[rm]);
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
	base = reg_number(d, insn->sib, REX_B);
	index = reg_number(d, insn->sib >> 3, REX_X);
	if ((base & 7) == 5 && insn->modrm >> 6 == 0)
		base = INSN_NO_REG;
	operand_mem(d, &d->rm, base);
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
		operand_mem(d, &d->rm,
			decoder_in_long_mode(d) ? INSN_RIP : INSN_NO_REG);
	else
		operand_mem(d, &d->rm, reg_number(d, rm, REX_B));
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
source_has_modrm(enum optab_source source)
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
operand_size(const struct decoder *d, enum optab_size size)
{
	/* By operand size, or native size: 2, 4 and 8 bytes. */
	static const uint8_t sizes[][3] = {
		[SIZE_B] = { 1, 1, 1 },
		[SIZE_W] = { 2, 2, 2 },
		[SIZE_D] = { 4, 4, 4 },
		[SIZE_Q] = { 8, 8, 8 },
		[SIZE_DQ] = { 16, 16, 16 },
		[SIZE_V] = { 2, 4, 8 },
		[SIZE_Z] = { 2, 4, 4 },
		[SIZE_Y] = { 4, 4, 8 },
		[SIZE_N] = { 2, 4, 8 },
		[SIZE_P] = { 4, 6, 10 },
		[SIZE_A] = { 4, 8, 16 },
		[SIZE_S] = { 4, 6, 10 },
		[SIZE_VW] = { 2, 4, 8 },
		[SIZE_SB] = { 2, 4, 8 },
		[SIZE_SZ] = { 2, 4, 8 },
	};
	unsigned int by = d->insn->opsize;

	if (size == SIZE_N || size == SIZE_S)
		by = decoder_in_long_mode(d) ? 8 : 4;
	else if (size == SIZE_VW && d->rm_is_mem)
		by = 2;
	return sizes[size][by / 4];
}

/* A general register; without REX, byte registers 4..7 are AH..BH. */
static int
operand_gpr(const struct decoder *d, struct insn_operand *op, uint8_t reg)
{
	bool rex = d->insn->prefixes & INSN_REX ||
		d->insn->encoding != INSN_LEGACY;

	op->kind = INSN_KIND_REG;
	op->high = op->size == 1 && !rex && reg >= 4;
	op->reg = op->high ? reg - 4 : reg;
	return 0;
}

/* An r/m operand, of a source that may restrict it to memory or register. */
static int
operand_rm(const struct decoder *d, struct insn_operand *op,
	enum optab_source source)
{
	uint8_t size = op->size;

	if (d->rm_is_mem ? source == SRC_R : source == SRC_M)
		return -EINVAL;
	if (!d->rm_is_mem)
		return operand_gpr(d, op, reg_number(d, d->insn->modrm, REX_B));
	*op = d->rm;
	op->size = size;
	return 0;
}

/* A control or debug register; of the upper eight only CR8 exists. */
static int
operand_system(struct insn_operand *op, enum optab_source source, uint8_t reg)
{
	op->kind = source == SRC_C ? INSN_KIND_CR : INSN_KIND_DR;
	op->reg = reg;
	return reg > (source == SRC_C ? 8 : 7) ? -EINVAL : 0;
}

static int
operand_segment(struct insn_operand *op, uint8_t reg)
{
	op->kind = INSN_KIND_SREG;
	op->reg = reg;
	return 0;
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
operand_immediate(struct decoder *d, struct insn_operand *op,
	enum optab_source source, enum optab_size size)
{
	unsigned int len = size == SIZE_SB ? 1
		: size == SIZE_SZ	   ? operand_size(d, SIZE_Z)
					   : op->size;
	uint64_t sel = 0;
	int err;

	if (source == SRC_O) {
		operand_mem(d, op, INSN_NO_REG);
		return fetch_disp(d, d->insn->adsize, &op->mem.disp);
	}
	op->kind = source == SRC_J ? INSN_KIND_REL : INSN_KIND_IMM;
	if (source == SRC_A) {
		op->kind = INSN_KIND_FAR;
		len = op->size - 2;
	}
	err = fetch_imm(d, len, &op->imm);
	if (source != SRC_J)
		op->imm = truncate(op->imm, source == SRC_A ? len : op->size);
	if (source == SRC_A && !err) {
		err = fetch_imm(d, 2, &sel);
		op->sel = sel & 0xffff;
	}
	return err;
}

static int
decode_operand(struct decoder *d, struct insn_operand *op, uint16_t arg)
{
	const struct insn *insn = d->insn;
	enum optab_source source = OPTAB_SOURCE(arg);

	switch (source) {
	case SRC_E:
	case SRC_M:
	case SRC_R:
	case SRC_V:
		return operand_rm(d, op, source);
	case SRC_G:
		return operand_gpr(
			d, op, reg_number(d, insn->modrm >> 3, REX_R));
	case SRC_Z:
		return operand_gpr(d, op, reg_number(d, insn->opcode, REX_B));
	case SRC_B:
		return operand_gpr(d, op, insn->vvvv);
	case SRC_GPR:
		return operand_gpr(d, op, OPTAB_NUMBER(arg));
	case SRC_S: /* REX.R has no say */
		return operand_segment(op, insn->modrm >> 3 & 7);
	case SRC_SREG:
		return operand_segment(op, OPTAB_NUMBER(arg));
	case SRC_C:
	case SRC_D:
		return operand_system(
			op, source, reg_number(d, insn->modrm >> 3, REX_R));
	case SRC_ONE:
		op->kind = INSN_KIND_IMM;
		op->imm = 1;
		return 0;
	case SRC_X:
		return operand_mem(d, op, INSN_RSI);
	case SRC_T:
		return operand_mem(d, op, INSN_RBX);
	case SRC_Y:
		operand_mem(d, op, INSN_RDI);
		op->mem.seg = INSN_ES; /* no prefix overrides it */
		return 0;
	default:
		return operand_immediate(d, op, source, OPTAB_SIZE(arg));
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
