/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder against any bytes.  The first byte chooses the mode,
 * the rest is the instruction.  What must hold:
 *
 *   - no byte behind the data is read (each length has its own heap block);
 *   - an instruction is at most 15 bytes and at most the data;
 *   - every beginning of an instruction wants more bytes, and bytes behind it
 *     change nothing;
 *   - what is refused stays refused with more bytes;
 *   - offsets lie within the instruction, registers exist.
 */
/* links: vmm/emul/decode.c vmm/emul/decode_operand.c vmm/emul/insn.c
 * vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/errno.h"
#include "vmm/emul/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "broken: %s\n", #condition);           \
			abort();                                               \
		}                                                              \
	} while (0)

static int
decode_exact(
	const uint8_t *bytes, size_t n, enum cpu_mode mode, struct insn *insn)
{
	uint8_t *copy = malloc(n ? n : 1);
	int err;

	MUST(copy);
	memcpy(copy, bytes, n);
	memset(insn, (int)n, sizeof(*insn)); /* must not show in the result */
	err = insn_decode(copy, n, mode, insn);
	free(copy);
	return err;
}

static void
operand_same(const struct insn_operand *a, const struct insn_operand *b)
{
	MUST(a->kind == b->kind && a->size == b->size);
	MUST(a->access == b->access && a->reg == b->reg);
	MUST(a->high == b->high && a->sel == b->sel && a->imm == b->imm);
	MUST(a->mem.seg == b->mem.seg && a->mem.base == b->mem.base);
	MUST(a->mem.index == b->mem.index && a->mem.shift == b->mem.shift);
	MUST(a->mem.disp == b->mem.disp);
}

static void
insn_same(const struct insn *a, const struct insn *b)
{
	MUST(a->op == b->op && a->len == b->len);
	MUST(a->opsize == b->opsize && a->adsize == b->adsize);
	MUST(a->prefixes == b->prefixes && a->lock_bad == b->lock_bad);
	MUST(a->modrm_off == b->modrm_off && a->disp_off == b->disp_off);
	MUST(a->n_operands == b->n_operands);
	for (int i = 0; i < a->n_operands; i++)
		operand_same(&a->operand[i], &b->operand[i]);
}

static void
operand_check(const struct insn *insn, const struct insn_operand *op)
{
	static const uint64_t gpr[16] = { UINT64_MAX, 1, 2, 3, 4, 5, 6, 7, 8, 9,
		10, 11, 12, 13, 14, UINT64_MAX };
	uint64_t ea;

	switch (op->kind) {
	case INSN_KIND_REG:
		MUST(op->reg < 16 && op->size > 0 && op->size <= 8);
		MUST(!op->high || (op->reg < 4 && op->size == 1));
		break;
	case INSN_KIND_SREG:
		MUST(op->reg <= INSN_GS);
		break;
	case INSN_KIND_CR:
	case INSN_KIND_DR:
		MUST(op->reg <= 8);
		break;
	case INSN_KIND_IMM:
		MUST(op->size >= 8 || op->imm >> 8 * op->size == 0);
		break;
	case INSN_KIND_MEM:
		MUST(op->mem.seg <= INSN_GS && op->mem.shift <= 3);
		MUST(op->mem.base <= INSN_RIP || op->mem.base == INSN_NO_REG);
		MUST(op->mem.index < 16 || op->mem.index == INSN_NO_REG);
		ea = insn_ea(insn, op, gpr, UINT64_MAX);
		MUST(insn->adsize == 8 || ea >> 8 * insn->adsize == 0);
		insn_linear(insn, op, ea, UINT64_MAX);
		break;
	case INSN_KIND_REL:
		insn_target(insn, UINT64_MAX);
		break;
	default:
		MUST(op->kind == INSN_KIND_FAR);
	}
}

static void
insn_check(const struct insn *insn, size_t n)
{
	MUST(insn->len > 0 && insn->len <= INSN_MAX_LEN && insn->len <= n);
	MUST(insn->op != INSN_INVALID && insn->op < INSN_OP_COUNT);
	MUST(insn_name(insn->op)[0]);
	MUST(insn->opcode_off < insn->len && insn->modrm_off < insn->len);
	MUST(insn->sib_off < insn->len);
	MUST(insn->disp_off + insn->disp_len <= insn->len);
	for (int i = 0; i < 2; i++)
		MUST(insn->imm_off[i] + insn->imm_len[i] <= insn->len);
	MUST(insn->n_operands <= INSN_MAX_OPERANDS);
	for (int i = 0; i < insn->n_operands; i++)
		operand_check(insn, &insn->operand[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum cpu_mode modes[] = { CPU_MODE_16, CPU_MODE_32,
		CPU_MODE_64 };
	struct insn whole, part;
	enum cpu_mode mode;
	int err, again;

	if (size == 0)
		return -1;
	mode = modes[data[0] % 3];
	data++;
	size--;
	if (size > 2 * INSN_MAX_LEN)
		size = 2 * INSN_MAX_LEN;

	err = decode_exact(data, size, mode, &whole);
	MUST(err == 0 || err == -EINVAL ||
		(err == -ENODATA && size < INSN_MAX_LEN));
	if (err == 0)
		insn_check(&whole, size);
	for (size_t n = 0; n < size; n++) {
		again = decode_exact(data, n, mode, &part);
		if (err == 0 && n >= whole.len) {
			MUST(again == 0);
			insn_same(&whole, &part);
		} else {
			MUST(again == -ENODATA ||
				(again == -EINVAL && err == -EINVAL));
		}
	}
	return 0;
}
