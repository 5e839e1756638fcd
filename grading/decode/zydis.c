/* SPDX-License-Identifier: MIT */

/*
 * Zydis as a reference: strict about what is defined, and it tells operands.
 * Those of integer instructions are put into the judge's notation, which
 * judge.c makes out of ours too:
 *
 *   r2.8          general register 2, 8 bytes wide; r0h: AH
 *   s3 c0 d7      segment, control and debug register
 *   iff           immediate; jfffffffe relative branch; p8:1234 far pointer
 *   m4r[s3:b0+i1<<2+disp]  memory of 4 bytes, segment DS, base RAX, ...
 *
 * with r, w or rw before a register, and before the bracket of memory, for what
 * is read and written: "wr2.8" is RDX written.
 */
#include <Zydis/Zydis.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "grading/decode/diff.h"

static int
register_number(ZydisRegister reg)
{
	if (reg == ZYDIS_REGISTER_NONE)
		return -1;
	if (reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP)
		return INSN_RIP;
	return ZydisRegisterGetId(reg);
}

/* A register that keeps its value on a condition is read too. */
static const char *
access_name(const ZydisDecodedOperand *op)
{
	bool r = op->actions & ZYDIS_OPERAND_ACTION_MASK_READ;
	bool w = op->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE;

	r |= op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		op->actions & ZYDIS_OPERAND_ACTION_CONDWRITE;
	return r && w ? "rw" : r ? "r" : w ? "w" : "";
}

static int
print_register(char *to, size_t n, const ZydisDecodedOperand *op)
{
	const char *access = access_name(op);
	ZydisRegister reg = op->reg.value;
	int id = ZydisRegisterGetId(reg);

	switch (ZydisRegisterGetClass(reg)) {
	case ZYDIS_REGCLASS_GPR8:
		/* Zydis numbers AL..BL, AH..BH, SPL.. on. */
		if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH)
			return snprintf(to, n, " %sr%dh", access,
				reg - ZYDIS_REGISTER_AH);
		if (reg >= ZYDIS_REGISTER_SPL)
			id = reg - ZYDIS_REGISTER_SPL + 4;
		return snprintf(to, n, " %sr%d.1", access, id);
	case ZYDIS_REGCLASS_SEGMENT:
		return snprintf(to, n, " %ss%d", access, id);
	case ZYDIS_REGCLASS_CONTROL:
		return snprintf(to, n, " %sc%d", access, id);
	case ZYDIS_REGCLASS_DEBUG:
		return snprintf(to, n, " %sd%d", access, id);
	default:
		return snprintf(to, n, " %sr%d.%u", access, id, op->size / 8);
	}
}

static int
print_memory(char *to, size_t n, const ZydisDecodedOperand *op)
{
	bool address = op->mem.type == ZYDIS_MEMOP_TYPE_AGEN;
	unsigned long long disp = op->mem.disp.has_displacement
		? (unsigned long long)op->mem.disp.value
		: 0;

	return snprintf(to, n, " m%u%s[s%d:b%d+i%d<<%d+%llx]",
		address ? 0 : op->size / 8, address ? "" : access_name(op),
		register_number(op->mem.segment), register_number(op->mem.base),
		register_number(op->mem.index),
		op->mem.scale ? __builtin_ctz(op->mem.scale) : 0, disp);
}

/* An immediate is cut to width, the operand size of the instruction. */
static int
print_operand(
	char *to, size_t n, unsigned int width, const ZydisDecodedOperand *op)
{
	uint64_t mask = width >= 64 ? UINT64_MAX : (1ull << width) - 1;
	unsigned long long imm = op->imm.value.u;

	switch (op->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		return print_register(to, n, op);
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		return op->imm.is_relative
			? snprintf(to, n, " j%llx", imm)
			: snprintf(to, n, " i%llx", imm & mask);
	case ZYDIS_OPERAND_TYPE_POINTER:
		return snprintf(
			to, n, " p%x:%x", op->ptr.segment, op->ptr.offset);
	default:
		return print_memory(to, n, op);
	}
}

static void
claim_instruction(struct claim *claim, const ZydisDecodedInstruction *insn,
	const ZydisDecodedOperand *operand)
{
	/* String instructions have their memory hidden, SVM its registers not.
	 */
	bool string = insn->meta.category == ZYDIS_CATEGORY_STRINGOP ||
		insn->meta.category == ZYDIS_CATEGORY_IOSTRINGOP;
	ZydisOperandVisibility least =
		insn->meta.isa_set == ZYDIS_ISA_SET_SVM ||
			insn->meta.isa_set == ZYDIS_ISA_SET_CLZERO
		? ZYDIS_OPERAND_VISIBILITY_EXPLICIT
		: ZYDIS_OPERAND_VISIBILITY_IMPLICIT;
	int n = 0;

	claim->len = insn->length;
	snprintf(claim->text, sizeof(claim->text), "%s %s",
		ZydisMnemonicGetString(insn->mnemonic),
		ZydisISASetGetString(insn->meta.isa_set));
	for (int i = 0; i < insn->operand_count; i++) {
		if (string ? operand[i].type != ZYDIS_OPERAND_TYPE_MEMORY
			   : operand[i].visibility > least)
			continue;
		n += print_operand(claim->operands + n,
			sizeof(claim->operands) - n, insn->operand_width,
			&operand[i]);
		if (n >= (int)sizeof(claim->operands) - 1)
			break;
	}
	if (n == 0)
		strcpy(claim->operands, " ");
}

static int
decoder_init(ZydisDecoder *decoder, int mode)
{
	ZydisMachineMode machine = ZYDIS_MACHINE_MODE_LONG_64;
	ZydisStackWidth width = ZYDIS_STACK_WIDTH_64;

	if (mode == CPU_MODE_32) {
		machine = ZYDIS_MACHINE_MODE_LEGACY_32;
		width = ZYDIS_STACK_WIDTH_32;
	} else if (mode == CPU_MODE_16) {
		machine = ZYDIS_MACHINE_MODE_LEGACY_16;
		width = ZYDIS_STACK_WIDTH_16;
	}
	/* MPX is gone from the architecture: its encodings are NOPs again. */
	if (ZYAN_FAILED(ZydisDecoderInit(decoder, machine, width)) ||
		ZYAN_FAILED(ZydisDecoderEnableMode(
			decoder, ZYDIS_DECODER_MODE_MPX, ZYAN_FALSE)))
		return -EINVAL;
	return 0;
}

unsigned int
zydis_length(const uint8_t *bytes, size_t n, int mode)
{
	ZydisDecodedInstruction insn;
	ZydisDecoder decoder;
	ZyanStatus status;

	if (decoder_init(&decoder, mode))
		return 0;
	status = ZydisDecoderDecodeInstruction(&decoder, NULL, bytes, n, &insn);
	return ZYAN_SUCCESS(status) ? insn.length : 0;
}

int
zydis_sweep(const struct blob *blob, struct tally *tally)
{
	ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	ZydisDecoder decoder;
	ZyanStatus status;

	if (decoder_init(&decoder, blob->mode))
		return -EINVAL;
	for (size_t at = 0; at < blob->n && tally->compared < tally->wanted;) {
		struct claim claim = { .reference = "zydis", .offset = at };

		status = ZydisDecoderDecodeFull(&decoder, blob->bytes + at,
			blob->n - at, &insn, operand);
		if (status == ZYDIS_STATUS_NO_MORE_DATA)
			break;
		if (ZYAN_SUCCESS(status))
			claim_instruction(&claim, &insn, operand);
		else
			snprintf(claim.text, sizeof(claim.text),
				"(bad: status %x)", ZYAN_STATUS_CODE(status));
		claim.lock_bad = status == ZYDIS_STATUS_ILLEGAL_LOCK;
		judge_claim(blob, &claim, tally);
		at += claim.len ? claim.len : 1;
	}
	return 0;
}
