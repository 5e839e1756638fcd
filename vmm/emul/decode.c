/* SPDX-License-Identifier: MIT */

/*
 * The decoder's steps, in the order of the bytes: prefixes, opcode, ModRM with
 * SIB and displacement, then the operands with their immediates. Every byte is
 * fetched through one bounded cursor, so that no step can read past the end of
 * what the caller has or past the fifteenth byte. What an opcode means is data,
 * in optab*.c; this file has no opcode in it but those that lead to a map.
 *
 * Invariant: whether an instruction is refused never depends on bytes behind
 * it, and a step that runs out of bytes says -ENODATA at once. So a prefix of a
 * valid instruction is always -ENODATA, and the caller may fetch a page at a
 * time.
 *
 * Intel SDM 2, 2.1 to 2.7; AMD APM 3, 1.2 to 1.10 and APM 6 for XOP.
 */
#include "kernel/abi/errno.h"
#include "vmm/emul/decode_steps.h"

/* Running out of bytes is the end of the data, or of what is legal. */
static int
fetch_error(const struct decoder *d)
{
	return d->limit < INSN_MAX_LEN ? -ENODATA : -EINVAL;
}

int
decoder_fetch_int(struct decoder *d, unsigned int size, int64_t *value)
{
	uint64_t raw = 0;
	unsigned int unused = 64 - 8 * size;

	if (size == 0 || size > d->limit - d->pos)
		return fetch_error(d);
	for (unsigned int i = 0; i < size; i++)
		raw |= (uint64_t)d->bytes[d->pos++] << 8 * i;
	*value = (int64_t)(raw << unused) >> unused;
	return 0;
}

int
decoder_fetch_byte(struct decoder *d, uint8_t *value)
{
	if (d->pos >= d->limit)
		return fetch_error(d);
	*value = d->bytes[d->pos++];
	return 0;
}

static void
prefix_segment(struct decoder *d, uint8_t seg)
{
	/* 64-bit code ignores the four old segments, and so the prefix. */
	if (!decoder_in_long_mode(d) || seg >= INSN_FS)
		d->insn->seg = seg;
}

/* Takes byte in if it is a legacy prefix; false if it is none. */
static bool
prefix_take(struct decoder *d, uint8_t byte)
{
	struct insn *insn = d->insn;

	switch (byte) {
	case 0xf0:
		insn->prefixes |= INSN_LOCK;
		return true;
	case 0xf2:
		insn->prefixes = (insn->prefixes & ~INSN_REP) | INSN_REPNE;
		return true;
	case 0xf3:
		insn->prefixes = (insn->prefixes & ~INSN_REPNE) | INSN_REP;
		return true;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		prefix_segment(d, byte >> 3 & 3);
		return true;
	case 0x64:
	case 0x65:
		prefix_segment(d, byte & 7);
		return true;
	case 0x66:
		insn->prefixes |= INSN_OPSIZE;
		return true;
	case 0x67:
		insn->prefixes |= INSN_ADSIZE;
		return true;
	default:
		return false;
	}
}

/*
 * Step 1: legacy prefixes and REX. A REX counts only right before the opcode;
 * one that another prefix follows is forgotten.
 */
static int
decode_prefixes(struct decoder *d)
{
	struct insn *insn = d->insn;
	uint8_t rex = 0;
	uint8_t byte;
	int err;

	for (;;) {
		err = decoder_fetch_byte(d, &byte);
		if (err)
			return err;
		if (decoder_in_long_mode(d) && (byte & 0xf0) == 0x40)
			rex = byte;
		else if (prefix_take(d, byte))
			rex = 0;
		else
			break;
	}
	if (rex)
		insn->prefixes |= INSN_REX;
	insn->rex = rex & 15;
	insn->opcode = byte;
	if (insn->prefixes & INSN_REPNE)
		insn->pp = 3;
	else if (insn->prefixes & INSN_REP)
		insn->pp = 2;
	else if (insn->prefixes & INSN_OPSIZE)
		insn->pp = 1;
	return 0;
}

/*
 * Whether the opcode byte begins VEX, EVEX or XOP. Outside 64-bit code these
 * live in the register forms of LDS, LES and BOUND, which do not exist; XOP in
 * those of POP Ev whose reg field is not 0, told by a map number of 8 and up.
 */
static int
decode_encoding(struct decoder *d)
{
	struct insn *insn = d->insn;
	uint8_t opcode = insn->opcode;
	uint8_t next;

	if (opcode != 0xc4 && opcode != 0xc5 && opcode != 0x62 &&
		opcode != 0x8f)
		return 0;
	if (d->pos >= d->limit)
		return fetch_error(d);
	next = d->bytes[d->pos];
	if (opcode == 0x8f)
		insn->encoding = (next & 31) >= 8 ? INSN_XOP : INSN_LEGACY;
	else if (decoder_in_long_mode(d) || next >> 6 == 3)
		insn->encoding = opcode == 0x62 ? INSN_EVEX : INSN_VEX;
	return 0;
}

/* The parts of VEX3 and XOP, and of EVEX, which widens them. */
static int
vex_fields(struct decoder *d)
{
	struct insn *insn = d->insn;
	const uint8_t *p = insn->evex;
	bool evex = insn->encoding == INSN_EVEX;

	insn->map = p[0] & (evex ? 7 : 31);
	insn->rex = ~p[0] >> 5 & 7;
	insn->rex |= p[1] >> 7 ? REX_W : 0;
	insn->vvvv = ~p[1] >> 3 & 15;
	insn->pp = p[1] & 3;
	/* Two bits of EVEX are fixed. */
	if (evex && ((p[0] & 8) || !(p[1] & 4)))
		return -EINVAL;
	return 0;
}

/* Reads the payload of a VEX, EVEX or XOP prefix, then the opcode. */
static int
decode_vex(struct decoder *d)
{
	struct insn *insn = d->insn;
	bool vex2 = insn->opcode == 0xc5;
	int n = insn->encoding == INSN_EVEX ? 3 : vex2 ? 1 : 2;
	int err;

	if (insn->prefixes &
		(INSN_LOCK | INSN_REP | INSN_REPNE | INSN_OPSIZE | INSN_REX))
		return -EINVAL;
	for (int i = vex2; i < n + vex2; i++) {
		err = decoder_fetch_byte(d, &insn->evex[i]);
		if (err)
			return err;
	}
	if (vex2) { /* spelt as VEX3: R from bit 7, X, B and W 0, map 1 */
		insn->evex[0] = (insn->evex[1] & 0x80) | 0x61;
		insn->evex[1] &= 0x7f;
	}
	err = vex_fields(d);
	if (err)
		return err;
	if (!decoder_in_long_mode(d)) {
		insn->rex = 0;
		insn->vvvv &= 7;
	}
	return decoder_fetch_byte(d, &insn->opcode);
}

/* Step 2: the opcode and the map that it is looked up in. */
static int
decode_opcode(struct decoder *d)
{
	struct insn *insn = d->insn;
	int err;

	err = decode_encoding(d);
	if (err)
		return err;
	if (insn->encoding != INSN_LEGACY) {
		err = decode_vex(d);
	} else if (insn->opcode == 0x0f) {
		insn->map = INSN_MAP_0F;
		err = decoder_fetch_byte(d, &insn->opcode);
		if (!err && (insn->opcode == 0x38 || insn->opcode == 0x3a)) {
			insn->map = insn->opcode == 0x38 ? INSN_MAP_0F38
							 : INSN_MAP_0F3A;
			err = decoder_fetch_byte(d, &insn->opcode);
		}
	}
	insn->opcode_off = d->pos - 1;
	insn->cond = insn->opcode & 15;
	return err;
}

int
decoder_fetch_modrm(struct decoder *d)
{
	struct insn *insn = d->insn;

	if (insn->modrm_off)
		return 0;
	insn->modrm_off = d->pos;
	return decoder_fetch_byte(d, &insn->modrm);
}

/* The index into a sub-table, or -errno. */
static int
entry_select(struct decoder *d, enum optab_selector selector)
{
	const struct insn *insn = d->insn;
	int err = 0;

	if (selector <= SEL_MOD)
		err = decoder_fetch_modrm(d);
	if (err)
		return err;
	switch (selector) {
	case SEL_REG:
		return insn->modrm >> 3 & 7;
	case SEL_RM:
		return insn->modrm & 7;
	case SEL_MOD:
		return insn->modrm >> 6 == 3;
	case SEL_PFX:
		return insn->pp;
	case SEL_MODE:
		return decoder_in_long_mode(d);
	case SEL_W:
		return !!(insn->rex & REX_W);
	case SEL_REXB:
		return insn->rex & REX_B;
	}
	return -EINVAL;
}

/* Effective operand and address size, in bytes. */
static void
decode_sizes(struct decoder *d)
{
	struct insn *insn = d->insn;
	bool opsize = insn->prefixes & INSN_OPSIZE;
	bool adsize = insn->prefixes & INSN_ADSIZE;

	if (decoder_in_long_mode(d)) {
		insn->adsize = adsize ? 4 : 8;
		if (insn->rex & REX_W || d->flags & F64)
			insn->opsize = 8;
		else if (opsize)
			insn->opsize = 2;
		else
			insn->opsize = d->flags & D64 ? 8 : 4;
	} else {
		insn->adsize = adsize == (insn->mode == CPU_MODE_16) ? 4 : 2;
		insn->opsize = opsize == (insn->mode == CPU_MODE_16) ? 4 : 2;
	}
	if (insn->encoding != INSN_LEGACY)
		insn->opsize = insn->rex & REX_W ? 8 : 4;
}

/* Step 3: walks the tables down to an operation; gathers operands and flags. */
static int
decode_entry(struct decoder *d)
{
	struct insn *insn = d->insn;
	const struct optab_entry *e;
	int index;

	e = optab_find(insn->encoding, insn->map, insn->opcode);
	if (!e)
		return -EINVAL;
	for (d->arg = e->arg; e->sub; e = &e->sub[index]) {
		index = entry_select(d, e->selector);
		if (index < 0)
			return index;
		d->flags |= e->flags;
		if (e->sub[index].arg[0])
			d->arg = e->sub[index].arg;
	}
	d->flags |= e->flags;
	insn->op = e->op;
	if (e->op == INSN_INVALID)
		return -EINVAL;
	if ((d->flags & PALL) && !(d->flags & 1u << insn->pp))
		return -EINVAL;
	if (d->flags & (decoder_in_long_mode(d) ? NO64 : ONLY64))
		return -EINVAL;
	if ((d->flags & L0 && insn->evex[1] & 4) ||
		(d->flags & NOVVVV && insn->vvvv))
		return -EINVAL;
	decode_sizes(d);
	return 0;
}

int
insn_decode(
	const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *out)
{
	struct decoder d = { .bytes = bytes, .insn = out };
	int err;

	if (mode != CPU_MODE_16 && mode != CPU_MODE_32 && mode != CPU_MODE_64)
		return -EINVAL;
	d.limit = n < INSN_MAX_LEN ? n : INSN_MAX_LEN;
	*out = (struct insn){ .mode = mode, .seg = INSN_NO_REG };

	err = decode_prefixes(&d);
	if (!err)
		err = decode_opcode(&d);
	if (!err)
		err = decode_entry(&d);
	if (!err)
		err = decode_modrm(&d);
	if (!err)
		err = decode_operands(&d);
	out->len = d.pos;
	return err;
}
