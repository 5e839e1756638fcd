/* SPDX-License-Identifier: MIT */
/* links: vmm/emul/decode.c vmm/emul/decode_operand.c vmm/emul/insn.c
 * vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c */

/*
 * The instruction decoder against encodings worked out by hand from the
 * manuals. Lengths at large are checked by grading/decode/diff.c against other
 * disassemblers; here each classic trap has a test with its name, and operands
 * are looked at in full.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/abi/errno.h"
#include "vmm/emul/decode.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Turns "66 0f 20" into bytes; returns how many. */
static size_t
parse_hex(const char *text, uint8_t *bytes)
{
	size_t n = 0;
	char *end;

	for (;;) {
		unsigned long value = strtoul(text, &end, 16);

		if (end == text)
			return n;
		assert_true(n < 32 && value < 256);
		bytes[n++] = value;
		text = end;
	}
}

/* Decodes from a heap block of just n bytes, so that ASan sees an overrun. */
static int
decode_exact(const uint8_t *bytes, size_t n, int mode, struct insn *insn)
{
	uint8_t *copy = malloc(n ? n : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	err = insn_decode(copy, n, mode, insn);
	free(copy);
	return err;
}

static int
try_decode(const char *text, int mode, struct insn *insn)
{
	uint8_t bytes[32];
	size_t n = parse_hex(text, bytes);

	return decode_exact(bytes, n, mode, insn);
}

/* Decodes text, which must be one whole instruction. */
static struct insn
decode(const char *text, int mode)
{
	struct insn insn;
	uint8_t bytes[32];
	size_t n = parse_hex(text, bytes);
	int err = decode_exact(bytes, n, mode, &insn);

	if (err || insn.len != n)
		fail_msg("%s in mode %d: error %d, length %u", text, mode, err,
			insn.len);
	return insn;
}

static void
assert_invalid(const char *text, int mode)
{
	struct insn insn;

	if (try_decode(text, mode, &insn) != -EINVAL)
		fail_msg("%s in mode %d should be invalid", text, mode);
}

static void
assert_reg(const struct insn_operand *op, int reg, int size)
{
	assert_int_equal(op->kind, INSN_KIND_REG);
	assert_int_equal(op->reg, reg);
	assert_int_equal(op->size, size);
	assert_false(op->high);
}

static void
assert_mem(const struct insn_operand *op, int seg, int base, int index,
	int shift, int64_t disp)
{
	assert_int_equal(op->kind, INSN_KIND_MEM);
	assert_int_equal(op->mem.seg, seg);
	assert_int_equal(op->mem.base, base);
	assert_int_equal(op->mem.index, index);
	assert_int_equal(op->mem.shift, shift);
	assert_int_equal(op->mem.disp, disp);
}

static void
assert_imm(const struct insn_operand *op, uint64_t imm, int size)
{
	assert_int_equal(op->kind, INSN_KIND_IMM);
	assert_int_equal(op->imm, imm);
	assert_int_equal(op->size, size);
}

/* One row of a table of encodings: what the bytes are, in a mode. */
struct row {
	const char *bytes;
	int mode;
	enum insn_op op;
	int opsize; /* 0: not looked at */
};

static void
assert_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct insn insn = decode(rows[i].bytes, rows[i].mode);

		if (insn.op != rows[i].op)
			fail_msg("%s in mode %d is %s, not %s", rows[i].bytes,
				rows[i].mode, insn_name(insn.op),
				insn_name(rows[i].op));
		if (rows[i].opsize && insn.opsize != rows[i].opsize)
			fail_msg("%s in mode %d has operand size %d",
				rows[i].bytes, rows[i].mode, insn.opsize);
	}
}

/* Data movement */

static void
mov_register_to_register_names_both(void **state)
{
	struct insn insn = decode("48 89 e5", 64); /* mov %rsp,%rbp */

	(void)state;
	assert_int_equal(insn.op, INSN_MOV);
	assert_int_equal(insn.n_operands, 2);
	assert_reg(&insn.operand[0], INSN_RBP, 8);
	assert_int_equal(insn.operand[0].access, INSN_W);
	assert_reg(&insn.operand[1], INSN_RSP, 8);
	assert_int_equal(insn.operand[1].access, INSN_R);
}

static void
mov_direction_bit_swaps_operands(void **state)
{
	struct insn insn = decode("8b 03", 32); /* mov (%ebx),%eax */

	(void)state;
	assert_reg(&insn.operand[0], INSN_RAX, 4);
	assert_mem(&insn.operand[1], INSN_DS, INSN_RBX, INSN_NO_REG, 0, 0);
	assert_int_equal(insn.operand[1].size, 4);
}

static void
mov_imm64_only_with_rex_w(void **state)
{
	struct insn insn = decode("48 b8 88 77 66 55 44 33 22 11", 64);

	(void)state;
	assert_imm(&insn.operand[1], 0x1122334455667788, 8);
	insn = decode("b8 44 33 22 91", 64);
	assert_imm(&insn.operand[1], 0x91223344, 4);
}

static void
mov_imm32_to_r64_is_sign_extended(void **state)
{
	struct insn insn = decode("48 c7 c0 ff ff ff ff", 64);

	(void)state;
	assert_imm(&insn.operand[1], UINT64_MAX, 8);
}

static void
moffs_has_the_address_size(void **state)
{
	struct insn insn;

	(void)state;
	insn = decode("48 a1 88 77 66 55 44 33 22 11", 64);
	assert_mem(&insn.operand[1], INSN_DS, INSN_NO_REG, INSN_NO_REG, 0,
		0x1122334455667788);
	assert_int_equal(insn.disp_len, 8);
	insn = decode("67 a0 44 33 22 11", 64);
	assert_int_equal(insn.operand[1].size, 1);
	insn = decode("a2 34 12", 16);
	assert_mem(
		&insn.operand[0], INSN_DS, INSN_NO_REG, INSN_NO_REG, 0, 0x1234);
	decode("67 a3 78 56 34 12", 16);
	decode("67 a3 34 12", 32);
}

static void
movzx_source_is_narrower(void **state)
{
	struct insn insn = decode("0f b6 07", 64); /* movzbl (%rdi),%eax */

	(void)state;
	assert_int_equal(insn.op, INSN_MOVZX);
	assert_reg(&insn.operand[0], INSN_RAX, 4);
	assert_int_equal(insn.operand[1].size, 1);
	insn = decode("48 0f bf 07", 64); /* movswq (%rdi),%rax */
	assert_int_equal(insn.op, INSN_MOVSX);
	assert_int_equal(insn.operand[0].size, 8);
	assert_int_equal(insn.operand[1].size, 2);
}

static void
opcode_63_is_arpl_or_movsxd(void **state)
{
	struct insn insn = decode("48 63 d0", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_MOVSXD);
	assert_reg(&insn.operand[0], INSN_RDX, 8);
	assert_reg(&insn.operand[1], INSN_RAX, 4);
	insn = decode("63 d0", 32);
	assert_int_equal(insn.op, INSN_ARPL);
	assert_reg(&insn.operand[0], INSN_RAX, 2);
}

static void
mov_from_segment_writes_16_bits_of_memory(void **state)
{
	struct insn insn = decode("48 8c 18", 64); /* mov %ds,(%rax) */

	(void)state;
	assert_int_equal(insn.operand[0].size, 2);
	insn = decode("48 8c d8", 64); /* mov %ds,%rax */
	assert_int_equal(insn.operand[0].size, 8);
	assert_int_equal(insn.operand[1].kind, INSN_KIND_SREG);
	assert_int_equal(insn.operand[1].reg, INSN_DS);
}

static void
mov_to_cs_is_undefined(void **state)
{
	(void)state;
	assert_invalid("8e c8", 32);
	assert_invalid("8e f0", 64);
	decode("8c c8", 32);
}

static void
xchg_writes_both(void **state)
{
	struct insn insn = decode("87 08", 32);

	(void)state;
	assert_int_equal(insn.operand[0].access, INSN_R | INSN_W);
	assert_int_equal(insn.operand[1].access, INSN_R | INSN_W);
}

static void
cmpxchg16b_needs_rex_w(void **state)
{
	struct insn insn = decode("0f c7 0f", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_CMPXCHG8B);
	assert_int_equal(insn.operand[0].size, 8);
	insn = decode("48 0f c7 0f", 64);
	assert_int_equal(insn.op, INSN_CMPXCHG16B);
	assert_int_equal(insn.operand[0].size, 16);
	assert_invalid("0f c7 c8", 64);
}

static void
lea_uses_only_the_address(void **state)
{
	struct insn insn = decode("48 8d 44 88 fc", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_LEA);
	assert_int_equal(insn.operand[1].access, 0);
	assert_mem(&insn.operand[1], INSN_DS, INSN_RAX, INSN_RCX, 2, -4);
	assert_invalid("8d c0", 64);
}

/* Registers */

static void
byte_registers_are_high_without_rex(void **state)
{
	struct insn insn = decode("88 e0", 64); /* mov %ah,%al */

	(void)state;
	assert_true(insn.operand[1].high);
	assert_int_equal(insn.operand[1].reg, INSN_RAX);
	insn = decode("40 88 e0", 64); /* mov %spl,%al */
	assert_reg(&insn.operand[1], INSN_RSP, 1);
}

static void
rex_widens_every_register_field(void **state)
{
	struct insn insn = decode("4f 89 04 11", 64); /* mov %r8,(%r9,%r10) */

	(void)state;
	assert_mem(&insn.operand[0], INSN_DS, 9, 10, 0, 0);
	assert_reg(&insn.operand[1], 8, 8);
}

static void
rex_before_another_prefix_is_forgotten(void **state)
{
	struct insn insn = decode("48 66 89 c3", 64);

	(void)state;
	assert_int_equal(insn.opsize, 2);
	assert_int_equal(insn.prefixes & INSN_REX, 0);
	insn = decode("66 48 89 c3", 64);
	assert_int_equal(insn.opsize, 8);
}

static void
rex_bytes_are_inc_and_dec_elsewhere(void **state)
{
	struct insn insn = decode("4f", 32);

	(void)state;
	assert_int_equal(insn.op, INSN_DEC);
	assert_reg(&insn.operand[0], INSN_RDI, 4);
	insn = decode("40", 16);
	assert_reg(&insn.operand[0], INSN_RAX, 2);
}

static void
nop_with_rex_b_is_xchg(void **state)
{
	static const struct row rows[] = {
		{ "90", 64, INSN_NOP, 0 },
		{ "66 90", 64, INSN_NOP, 0 },
		{ "f3 90", 64, INSN_PAUSE, 0 },
		{ "41 90", 64, INSN_XCHG, 4 },
		{ "49 90", 64, INSN_XCHG, 8 },
	};

	(void)state;
	assert_rows(rows, LEN(rows));
}

/* Addressing */

static void
address_16_bit_forms(void **state)
{
	struct insn insn = decode("8b 42 fe", 16); /* mov -2(%bp,%si),%ax */

	(void)state;
	assert_mem(&insn.operand[1], INSN_SS, INSN_RBP, INSN_RSI, 0, -2);
	insn = decode("8b 06 34 12", 16);
	assert_mem(
		&insn.operand[1], INSN_DS, INSN_NO_REG, INSN_NO_REG, 0, 0x1234);
	insn = decode("8b 87 34 12", 16);
	assert_mem(&insn.operand[1], INSN_DS, INSN_RBX, INSN_NO_REG, 0, 0x1234);
}

static void
address_size_prefix_toggles_16_and_32(void **state)
{
	struct insn insn = decode("67 8b 07", 32); /* mov (%bx),%eax */

	(void)state;
	assert_int_equal(insn.adsize, 2);
	assert_mem(&insn.operand[1], INSN_DS, INSN_RBX, INSN_NO_REG, 0, 0);
	insn = decode("67 8b 04 24", 16); /* mov (%esp),%ax */
	assert_mem(&insn.operand[1], INSN_SS, INSN_RSP, INSN_NO_REG, 0, 0);
	insn = decode("67 8b 07", 64); /* mov (%edi),%eax */
	assert_int_equal(insn.adsize, 4);
	assert_mem(&insn.operand[1], INSN_DS, INSN_RDI, INSN_NO_REG, 0, 0);
}

static void
rip_relative_only_in_64_bit_code(void **state)
{
	struct insn insn = decode("8b 05 f0 ff ff ff", 64);

	(void)state;
	assert_mem(&insn.operand[1], INSN_DS, INSN_RIP, INSN_NO_REG, 0, -16);
	assert_int_equal(insn.disp_off, 2);
	assert_int_equal(insn.disp_len, 4);
	insn = decode("8b 05 f0 ff ff ff", 32);
	assert_mem(&insn.operand[1], INSN_DS, INSN_NO_REG, INSN_NO_REG, 0, -16);
	/* REX.B does not turn it into R13. */
	insn = decode("41 8b 05 f0 ff ff ff", 64);
	assert_int_equal(insn.operand[1].mem.base, INSN_RIP);
}

static void
sib_without_base_or_index(void **state)
{
	struct insn insn = decode("8b 04 25 00 10 00 00", 64);

	(void)state;
	assert_mem(
		&insn.operand[1], INSN_DS, INSN_NO_REG, INSN_NO_REG, 0, 0x1000);
	insn = decode("8b 44 65 08", 64); /* index 4 is none: 8(%rbp) */
	assert_mem(&insn.operand[1], INSN_SS, INSN_RBP, INSN_NO_REG, 0, 8);
	insn = decode("42 8b 04 20", 64); /* with REX.X it is R12 */
	assert_mem(&insn.operand[1], INSN_DS, INSN_RAX, 12, 0, 0);
	insn = decode("41 8b 04 24", 64); /* base R12 defaults to DS */
	assert_mem(&insn.operand[1], INSN_DS, 12, INSN_NO_REG, 0, 0);
	insn = decode("41 8b 45 00", 64); /* R13 needs a displacement */
	assert_mem(&insn.operand[1], INSN_DS, 13, INSN_NO_REG, 0, 0);
}

static void
segment_override_replaces_the_default(void **state)
{
	struct insn insn = decode("2e 8b 45 00", 32);

	(void)state;
	assert_int_equal(insn.operand[1].mem.seg, INSN_CS);
	insn = decode("65 48 8b 04 25 28 00 00 00", 64);
	assert_int_equal(insn.operand[1].mem.seg, INSN_GS);
	/* The four old segments are no override in 64-bit code. */
	insn = decode("2e 8b 45 00", 64);
	assert_int_equal(insn.operand[1].mem.seg, INSN_SS);
	assert_int_equal(insn.seg, INSN_NO_REG);
}

/* Immediates */

static void
imm8_is_sign_extended_to_the_operand(void **state)
{
	struct insn insn = decode("83 c0 ff", 32);

	(void)state;
	assert_int_equal(insn.op, INSN_ADD);
	assert_imm(&insn.operand[1], 0xffffffff, 4);
	assert_int_equal(insn.imm_off[0], 2);
	assert_int_equal(insn.imm_len[0], 1);
	insn = decode("48 83 e4 f0", 64);
	assert_int_equal(insn.op, INSN_AND);
	assert_imm(&insn.operand[1], (uint64_t)-16, 8);
	insn = decode("6a 80", 64);
	assert_imm(&insn.operand[0], (uint64_t)-128, 8);
}

static void
opsize_prefix_shortens_the_immediate(void **state)
{
	struct insn insn = decode("66 81 c1 34 12", 32);

	(void)state;
	assert_imm(&insn.operand[1], 0x1234, 2);
	decode("66 81 c1 78 56 34 12", 16);
	decode("66 48 81 c1 78 56 34 12", 64);
	decode("66 68 34 12", 64);
}

static void
group3_only_test_has_an_immediate(void **state)
{
	static const struct row rows[] = {
		{ "f6 c3 01", 64, INSN_TEST, 0 },
		{ "f6 cb 01", 64, INSN_TEST, 0 },
		{ "f7 c3 01 00 00 00", 64, INSN_TEST, 4 },
		{ "66 f7 c3 01 00", 64, INSN_TEST, 2 },
		{ "f6 d3", 64, INSN_NOT, 0 },
		{ "48 f7 db", 64, INSN_NEG, 8 },
		{ "f7 e3", 64, INSN_MUL, 4 },
		{ "f7 eb", 64, INSN_IMUL, 4 },
		{ "48 f7 f3", 64, INSN_DIV, 8 },
		{ "f6 fb", 64, INSN_IDIV, 0 },
	};

	(void)state;
	assert_rows(rows, LEN(rows));
}

static void
enter_has_two_immediates(void **state)
{
	struct insn insn = decode("c8 34 12 05", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_ENTER);
	assert_imm(&insn.operand[0], 0x1234, 2);
	assert_imm(&insn.operand[1], 5, 1);
	assert_int_equal(insn.imm_off[1], 3);
	assert_int_equal(insn.opsize, 8);
}

static void
far_pointer_in_the_instruction(void **state)
{
	struct insn insn = decode("9a 78 56 34 12 08 00", 32);

	(void)state;
	assert_int_equal(insn.op, INSN_CALLF);
	assert_int_equal(insn.operand[0].kind, INSN_KIND_FAR);
	assert_int_equal(insn.operand[0].imm, 0x12345678);
	assert_int_equal(insn.operand[0].sel, 8);
	insn = decode("ea 00 7c 00 f0", 16);
	assert_int_equal(insn.op, INSN_JMPF);
	assert_int_equal(insn.operand[0].imm, 0x7c00);
	assert_int_equal(insn.operand[0].sel, 0xf000);
	assert_invalid("ea 00 00 00 00 00 00", 64);
}

static void
shift_counts_by_one_cl_and_imm(void **state)
{
	struct insn insn = decode("d1 e0", 32);

	(void)state;
	assert_int_equal(insn.op, INSN_SHL);
	assert_imm(&insn.operand[1], 1, 1);
	insn = decode("d3 f8", 32);
	assert_int_equal(insn.op, INSN_SAR);
	assert_reg(&insn.operand[1], INSN_RCX, 1);
	insn = decode("c1 c8 1f", 32);
	assert_int_equal(insn.op, INSN_ROR);
	assert_imm(&insn.operand[1], 31, 1);
	insn = decode("d3 f0", 32); /* the alias of shl */
	assert_int_equal(insn.op, INSN_SHL);
}

/* Branches and the stack */

static void
near_branch_ignores_opsize_in_64_bit_code(void **state)
{
	struct insn insn = decode("66 e8 fb ff ff ff", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_CALL);
	assert_int_equal(insn.opsize, 8);
	assert_int_equal(insn_target(&insn, 0x1005), 0x1000);
	decode("66 0f 84 00 00 00 00", 64);
	insn = decode("66 e9 fb ff", 32);
	assert_int_equal(insn_target(&insn, 0x12345), 0x2340);
}

static void
jcc_tells_its_condition(void **state)
{
	struct insn insn = decode("75 fe", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_JCC);
	assert_int_equal(insn.cond, 5);
	assert_int_equal(insn_target(&insn, 2), 0);
	insn = decode("0f 9f c0", 64);
	assert_int_equal(insn.op, INSN_SETCC);
	assert_int_equal(insn.cond, 15);
	insn = decode("48 0f 44 c1", 64);
	assert_int_equal(insn.op, INSN_CMOVCC);
	assert_int_equal(insn.cond, 4);
}

static void
stack_operations_are_64_bit_wide_by_default(void **state)
{
	static const struct row rows[] = {
		{ "55", 64, INSN_PUSH, 8 },
		{ "66 55", 64, INSN_PUSH, 2 },
		{ "41 5f", 64, INSN_POP, 8 },
		{ "9c", 64, INSN_PUSHF, 8 },
		{ "66 9d", 64, INSN_POPF, 2 },
		{ "c3", 64, INSN_RET, 8 },
		{ "c2 08 00", 64, INSN_RET, 8 },
		{ "c9", 64, INSN_LEAVE, 8 },
		{ "ff 30", 64, INSN_PUSH, 8 },
		{ "8f 00", 64, INSN_POP, 8 },
		{ "0f a0", 64, INSN_PUSH, 8 },
		{ "0f a9", 64, INSN_POP, 8 },
		{ "ff d0", 64, INSN_CALL, 8 },
		{ "ff 20", 64, INSN_JMP, 8 },
		{ "cb", 64, INSN_RETF, 4 },
		{ "cf", 64, INSN_IRET, 4 },
		{ "48 cf", 64, INSN_IRET, 8 },
		{ "55", 32, INSN_PUSH, 4 },
		{ "06", 16, INSN_PUSH, 2 },
		{ "60", 16, INSN_PUSHA, 2 },
		{ "66 61", 16, INSN_POPA, 4 },
	};

	(void)state;
	assert_rows(rows, LEN(rows));
}

static void
far_transfer_through_memory(void **state)
{
	struct insn insn = decode("ff 2f", 32); /* ljmp *(%edi) */

	(void)state;
	assert_int_equal(insn.op, INSN_JMPF);
	assert_int_equal(insn.operand[0].size, 6);
	insn = decode("48 ff 1f", 64);
	assert_int_equal(insn.op, INSN_CALLF);
	assert_int_equal(insn.operand[0].size, 10);
	assert_invalid("ff e8", 32);
	assert_invalid("ff d8", 32);
	assert_invalid("ff f8", 32);
}

static void
removed_in_64_bit_code(void **state)
{
	static const char *const bytes[] = { "06", "0e", "16", "1f", "27", "2f",
		"37", "3f", "60", "61", "82 c0 01", "9a 0 0 0 0 0 0", "ce",
		"d4 0a", "d5 0a", "d6", "ea 0 0 0 0 0 0" };

	(void)state;
	for (size_t i = 0; i < LEN(bytes); i++) {
		assert_invalid(bytes[i], 64);
		decode(bytes[i], 32);
	}
}

/* Strings and ports */

static void
string_operands_are_memory(void **state)
{
	struct insn insn = decode("f3 48 a5", 64); /* rep movsq */

	(void)state;
	assert_int_equal(insn.op, INSN_MOVS);
	assert_true(insn.prefixes & INSN_REP);
	assert_mem(&insn.operand[0], INSN_ES, INSN_RDI, INSN_NO_REG, 0, 0);
	assert_int_equal(insn.operand[0].size, 8);
	assert_int_equal(insn.operand[0].access, INSN_W);
	assert_mem(&insn.operand[1], INSN_DS, INSN_RSI, INSN_NO_REG, 0, 0);
	assert_int_equal(insn.operand[1].access, INSN_R);
}

static void
string_override_spares_the_destination(void **state)
{
	struct insn insn = decode("64 a4", 32);

	(void)state;
	assert_int_equal(insn.operand[0].mem.seg, INSN_ES);
	assert_int_equal(insn.operand[1].mem.seg, INSN_FS);
}

static void
last_repeat_prefix_wins(void **state)
{
	struct insn insn = decode("f3 f2 ae", 32);

	(void)state;
	assert_int_equal(insn.op, INSN_SCAS);
	assert_false(insn.prefixes & INSN_REP);
	assert_true(insn.prefixes & INSN_REPNE);
}

static void
port_io_is_at_most_32_bits_wide(void **state)
{
	struct insn insn = decode("48 ed", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_IN);
	assert_reg(&insn.operand[0], INSN_RAX, 4);
	assert_reg(&insn.operand[1], INSN_RDX, 2);
	insn = decode("e6 80", 16);
	assert_int_equal(insn.op, INSN_OUT);
	assert_imm(&insn.operand[0], 0x80, 1);
	insn = decode("66 6d", 64);
	assert_int_equal(insn.op, INSN_INS);
	assert_int_equal(insn.operand[0].size, 2);
	insn = decode("f3 6e", 64);
	assert_int_equal(insn.op, INSN_OUTS);
	assert_int_equal(insn.operand[1].mem.base, INSN_RSI);
}

/* System instructions */

static void
mov_cr_ignores_the_mod_field(void **state)
{
	struct insn insn = decode("0f 20 1c", 64); /* mod 0, rm 4: no SIB */

	(void)state;
	assert_int_equal(insn.op, INSN_MOV_CR);
	assert_reg(&insn.operand[0], INSN_RSP, 8);
	assert_int_equal(insn.operand[1].kind, INSN_KIND_CR);
	assert_int_equal(insn.operand[1].reg, 3);
	insn = decode("0f 22 c0", 32);
	assert_int_equal(insn.operand[0].kind, INSN_KIND_CR);
	assert_int_equal(insn.operand[1].size, 4);
	insn = decode("0f 23 3d", 64);
	assert_int_equal(insn.operand[0].kind, INSN_KIND_DR);
	assert_int_equal(insn.operand[0].reg, 7);
}

static void
mov_cr_names_only_existing_registers(void **state)
{
	struct insn insn = decode("44 0f 20 c0", 64); /* mov %cr8,%rax */

	(void)state;
	assert_int_equal(insn.operand[1].reg, 8);
	assert_invalid("0f 20 c8", 64);
	assert_invalid("0f 22 e8", 32);
	assert_invalid("44 0f 20 d8", 64);
	assert_invalid("44 0f 21 c0", 64);
}

static void
group7_memory_and_register_forms(void **state)
{
	static const struct row rows[] = {
		{ "0f 01 00", 64, INSN_SGDT, 0 },
		{ "0f 01 08", 64, INSN_SIDT, 0 },
		{ "0f 01 10", 64, INSN_LGDT, 0 },
		{ "0f 01 18", 64, INSN_LIDT, 0 },
		{ "0f 01 20", 64, INSN_SMSW, 0 },
		{ "0f 01 30", 64, INSN_LMSW, 0 },
		{ "0f 01 38", 64, INSN_INVLPG, 0 },
		{ "0f 01 c1", 64, INSN_VMCALL, 0 },
		{ "0f 01 c2", 64, INSN_VMLAUNCH, 0 },
		{ "0f 01 c3", 64, INSN_VMRESUME, 0 },
		{ "0f 01 c4", 64, INSN_VMXOFF, 0 },
		{ "0f 01 c8", 64, INSN_MONITOR, 0 },
		{ "0f 01 c9", 64, INSN_MWAIT, 0 },
		{ "0f 01 ca", 64, INSN_CLAC, 0 },
		{ "0f 01 cb", 64, INSN_STAC, 0 },
		{ "0f 01 d0", 64, INSN_XGETBV, 0 },
		{ "0f 01 d1", 64, INSN_XSETBV, 0 },
		{ "0f 01 d8", 64, INSN_VMRUN, 0 },
		{ "0f 01 d9", 64, INSN_VMMCALL, 0 },
		{ "0f 01 da", 64, INSN_VMLOAD, 0 },
		{ "0f 01 db", 64, INSN_VMSAVE, 0 },
		{ "0f 01 dc", 64, INSN_STGI, 0 },
		{ "0f 01 dd", 64, INSN_CLGI, 0 },
		{ "0f 01 de", 64, INSN_SKINIT, 0 },
		{ "0f 01 df", 64, INSN_INVLPGA, 0 },
		{ "0f 01 e0", 64, INSN_SMSW, 0 },
		{ "0f 01 f0", 64, INSN_LMSW, 0 },
		{ "0f 01 f8", 64, INSN_SWAPGS, 0 },
		{ "0f 01 f9", 64, INSN_RDTSCP, 0 },
	};

	(void)state;
	assert_rows(rows, LEN(rows));
	assert_invalid("0f 01 f8", 32);
	assert_invalid("0f 01 d2", 64);
}

static void
descriptor_table_operand_is_native(void **state)
{
	struct insn insn = decode("0f 01 10", 64);

	(void)state;
	assert_int_equal(insn.operand[0].size, 10);
	assert_int_equal(insn.operand[0].access, INSN_R);
	insn = decode("66 0f 01 08", 32);
	assert_int_equal(insn.operand[0].size, 6);
	assert_int_equal(insn.operand[0].access, INSN_W);
}

static void
privileged_instructions_have_names(void **state)
{
	static const struct row rows[] = {
		{ "f4", 64, INSN_HLT, 0 },
		{ "fa", 64, INSN_CLI, 0 },
		{ "fb", 64, INSN_STI, 0 },
		{ "fc", 64, INSN_CLD, 0 },
		{ "cc", 64, INSN_INT3, 0 },
		{ "cd 80", 64, INSN_INT, 0 },
		{ "f1", 64, INSN_INT1, 0 },
		{ "ce", 32, INSN_INTO, 0 },
		{ "0f 00 c0", 64, INSN_SLDT, 0 },
		{ "0f 00 c8", 64, INSN_STR, 0 },
		{ "0f 00 d0", 64, INSN_LLDT, 0 },
		{ "0f 00 d8", 64, INSN_LTR, 0 },
		{ "0f 00 e0", 64, INSN_VERR, 0 },
		{ "0f 00 e8", 64, INSN_VERW, 0 },
		{ "0f 02 c1", 64, INSN_LAR, 0 },
		{ "0f 03 c1", 64, INSN_LSL, 0 },
		{ "0f 05", 64, INSN_SYSCALL, 0 },
		{ "0f 06", 64, INSN_CLTS, 0 },
		{ "48 0f 07", 64, INSN_SYSRET, 8 },
		{ "0f 08", 64, INSN_INVD, 0 },
		{ "0f 09", 64, INSN_WBINVD, 0 },
		{ "0f 0b", 64, INSN_UD2, 0 },
		{ "0f 30", 64, INSN_WRMSR, 0 },
		{ "0f 31", 64, INSN_RDTSC, 0 },
		{ "0f 32", 64, INSN_RDMSR, 0 },
		{ "0f 33", 64, INSN_RDPMC, 0 },
		{ "0f 34", 64, INSN_SYSENTER, 0 },
		{ "0f 35", 64, INSN_SYSEXIT, 0 },
		{ "0f a2", 64, INSN_CPUID, 0 },
		{ "0f aa", 64, INSN_RSM, 0 },
		{ "0f b9 c0", 64, INSN_UD1, 0 },
		{ "0f ff 00", 64, INSN_UD0, 0 },
		{ "0f ae e8", 64, INSN_LFENCE, 0 },
		{ "0f ae 38", 64, INSN_CLFLUSH, 0 },
		{ "f3 0f 1e fa", 64, INSN_ENDBR, 0 },
		{ "0f 1f 40 00", 64, INSN_NOP, 0 },
	};

	(void)state;
	assert_rows(rows, LEN(rows));
}

static void
vmx_instructions_by_prefix(void **state)
{
	static const struct row rows[] = {
		{ "0f c7 37", 64, INSN_VMPTRLD, 0 },
		{ "66 0f c7 37", 64, INSN_VMCLEAR, 0 },
		{ "f3 0f c7 37", 64, INSN_VMXON, 0 },
		{ "0f c7 3f", 64, INSN_VMPTRST, 0 },
		{ "0f 78 c1", 64, INSN_VMREAD, 0 },
		{ "0f 79 c1", 64, INSN_VMWRITE, 0 },
		{ "66 0f 38 80 07", 64, INSN_INVEPT, 0 },
		{ "66 0f 38 81 07", 64, INSN_INVVPID, 0 },
		{ "66 0f 38 82 07", 64, INSN_INVPCID, 0 },
		{ "0f c7 f0", 64, INSN_RDRAND, 4 },
		{ "48 0f c7 f8", 64, INSN_RDSEED, 8 },
		{ "f3 0f c7 f8", 64, INSN_RDPID, 0 },
	};
	struct insn insn = decode("0f 78 c1", 64);

	(void)state;
	assert_rows(rows, LEN(rows));
	assert_reg(&insn.operand[0], INSN_RCX, 8);
	assert_int_equal(insn.operand[0].access, INSN_W);
	assert_reg(&insn.operand[1], INSN_RAX, 8);
}

static void
fsgsbase_needs_f3_and_64_bit_code(void **state)
{
	static const struct row rows[] = {
		{ "f3 48 0f ae c0", 64, INSN_RDFSBASE, 8 },
		{ "f3 0f ae c8", 64, INSN_RDGSBASE, 4 },
		{ "f3 48 0f ae d0", 64, INSN_WRFSBASE, 8 },
		{ "f3 48 0f ae d8", 64, INSN_WRGSBASE, 8 },
	};

	(void)state;
	assert_rows(rows, LEN(rows));
	assert_invalid("f3 0f ae c0", 32);
	assert_invalid("0f ae c0", 64);
}

/* Mandatory prefixes and other maps */

static void
mandatory_prefix_makes_another_instruction(void **state)
{
	static const struct row rows[] = {
		{ "0f bc c1", 64, INSN_BSF, 4 },
		{ "66 0f bc c1", 64, INSN_BSF, 2 },
		{ "f3 0f bc c1", 64, INSN_TZCNT, 4 },
		{ "66 f3 0f bc c1", 64, INSN_TZCNT, 2 },
		{ "f2 0f bc c1", 64, INSN_BSF, 4 },
		{ "f3 48 0f bd c1", 64, INSN_LZCNT, 8 },
		{ "f3 0f b8 c1", 64, INSN_POPCNT, 4 },
		{ "0f 38 f0 00", 64, INSN_MOVBE, 4 },
		{ "66 0f 38 f1 00", 64, INSN_MOVBE, 2 },
		{ "f2 0f 38 f0 c1", 64, INSN_CRC32, 4 },
		{ "66 f2 0f 38 f1 c1", 64, INSN_CRC32, 2 },
		{ "66 0f 38 f6 c1", 64, INSN_ADCX, 0 },
		{ "f3 48 0f 38 f6 c1", 64, INSN_ADOX, 8 },
		{ "0f 10 00", 64, INSN_VECTOR, 0 },
		{ "f2 0f 10 00", 64, INSN_VECTOR, 0 },
	};

	(void)state;
	assert_rows(rows, LEN(rows));
	assert_invalid("0f b8 c1", 64);
}

static void
crc32_source_of_16_bits_has_a_32_bit_result(void **state)
{
	struct insn insn = decode("66 f2 0f 38 f1 c1", 64);

	(void)state;
	assert_reg(&insn.operand[0], INSN_RAX, 4);
	assert_reg(&insn.operand[1], INSN_RCX, 2);
}

static void
bmi_operands_come_from_vex(void **state)
{
	/* andn %rcx,%r9,%rax */
	struct insn insn = decode("c4 e2 b0 f2 c1", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_ANDN);
	assert_reg(&insn.operand[0], INSN_RAX, 8);
	assert_reg(&insn.operand[1], 9, 8);
	assert_reg(&insn.operand[2], INSN_RCX, 8);
	insn = decode("c4 e3 7b f0 c1 05", 64);
	assert_int_equal(insn.op, INSN_RORX);
	assert_imm(&insn.operand[2], 5, 1);
	insn = decode("c4 e2 73 f6 c2", 64);
	assert_int_equal(insn.op, INSN_MULX);
	assert_int_equal(insn.operand[1].access, INSN_W);
	insn = decode("c4 e2 70 f3 c9", 64);
	assert_int_equal(insn.op, INSN_BLSR);
	assert_reg(&insn.operand[0], INSN_RCX, 4);
	assert_invalid("c4 e2 74 f2 c1", 64); /* VEX.L */
}

static void
vex_or_les_and_lds(void **state)
{
	struct insn insn = decode("c5 f8 77", 32);

	(void)state;
	assert_int_equal(insn.op, INSN_VECTOR);
	assert_int_equal(insn.encoding, INSN_VEX);
	insn = decode("c4 00", 32);
	assert_int_equal(insn.op, INSN_LES);
	insn = decode("c5 00", 16);
	assert_int_equal(insn.op, INSN_LDS);
	insn = decode("c5 78 28 00", 64); /* the same byte is VEX here */
	assert_int_equal(insn.op, INSN_VECTOR);
}

static void
evex_or_bound(void **state)
{
	struct insn insn = decode("62 00", 32);

	(void)state;
	assert_int_equal(insn.op, INSN_BOUND);
	assert_int_equal(insn.operand[1].size, 8);
	insn = decode("62 f1 7c 48 28 00", 32);
	assert_int_equal(insn.op, INSN_VECTOR);
	assert_int_equal(insn.encoding, INSN_EVEX);
	decode("62 71 7c 48 28 40 01", 64);
	assert_invalid("62 00 00 00 00 00", 64);
}

static void
xop_or_pop(void **state)
{
	struct insn insn = decode("8f c0", 64);

	(void)state;
	assert_int_equal(insn.op, INSN_POP);
	insn = decode("8f e8 78 c0 c1 05", 64); /* vprotb */
	assert_int_equal(insn.op, INSN_VECTOR);
	assert_int_equal(insn.encoding, INSN_XOP);
	decode("8f ea 78 10 c1 04 03 02 01", 64); /* bextr, imm32 */
	assert_invalid("8f e0 c0", 64);		  /* reg 4, yet no XOP map */
}

static void
vex_after_a_legacy_prefix_is_undefined(void **state)
{
	(void)state;
	assert_invalid("66 c5 f8 28 00", 64);
	assert_invalid("f3 c5 f8 28 00", 64);
	assert_invalid("48 c5 f8 28 00", 64);
	decode("65 67 c5 f8 28 00", 64);
}

static void
lengths_of_what_is_not_emulated(void **state)
{
	static const struct row rows[] = {
		{ "d9 05 00 00 00 00", 64, INSN_X87, 0 },
		{ "df e0", 64, INSN_X87, 0 },
		{ "0f 77", 64, INSN_VECTOR, 0 },
		{ "0f 0f c1 9e", 64, INSN_VECTOR, 0 },
		{ "66 0f 70 c1 1b", 64, INSN_VECTOR, 0 },
		{ "66 0f 3a 0f c1 08", 64, INSN_VECTOR, 0 },
		{ "66 0f 38 00 c1", 64, INSN_VECTOR, 0 },
		{ "66 0f 73 d9 08", 64, INSN_VECTOR, 0 },
		{ "c4 e3 7d 39 c1 01", 64, INSN_VECTOR, 0 },
		{ "62 f3 fd 48 39 c1 01", 64, INSN_VECTOR, 0 },
		{ "c7 f8 00 00 00 00", 64, INSN_OTHER, 0 },
		{ "c6 f8 01", 64, INSN_OTHER, 0 },
	};

	(void)state;
	assert_rows(rows, LEN(rows));
}

/* Bounds */

static void
lock_is_judged_apart_from_the_length(void **state)
{
	struct insn insn = decode("f0 48 0f b1 0f", 64);

	(void)state;
	assert_false(insn.lock_bad);
	insn = decode("f0 01 c8", 64); /* register destination */
	assert_true(insn.lock_bad);
	insn = decode("f0 8b 07", 64);
	assert_true(insn.lock_bad);
	insn = decode("f0 0f ba 20 01", 64); /* bt only reads */
	assert_true(insn.lock_bad);
	insn = decode("f0 0f ba 28 01", 64);
	assert_false(insn.lock_bad);
}

static void
fifteen_bytes_are_legal_and_sixteen_are_not(void **state)
{
	(void)state;
	decode("66 66 66 66 66 66 66 66 66 66 66 66 66 66 90", 64);
	assert_invalid("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90", 64);
	/* The fifteenth byte may not be the last of the prefixes alone. */
	assert_invalid("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66", 64);
}

static void
every_prefix_of_an_instruction_wants_more(void **state)
{
	static const char *const texts[] = {
		"65 48 8b 04 25 28 00 00 00",
		"66 41 81 84 24 00 01 00 00 34 12",
		"48 b8 88 77 66 55 44 33 22 11",
		"62 f3 fd 48 39 44 24 01 01",
		"c4 e3 7d 39 c1 01",
		"c8 34 12 05",
		"f2 0f 38 f1 04 24",
	};
	uint8_t bytes[32];
	struct insn insn;

	(void)state;
	for (size_t i = 0; i < LEN(texts); i++) {
		size_t n = parse_hex(texts[i], bytes);

		for (size_t k = 0; k < n; k++)
			assert_int_equal(
				decode_exact(bytes, k, 64, &insn), -ENODATA);
		assert_int_equal(decode_exact(bytes, n, 64, &insn), 0);
	}
}

static void
mode_that_is_none_is_refused(void **state)
{
	struct insn insn;

	(void)state;
	assert_int_equal(try_decode("90", 0, &insn), -EINVAL);
	assert_int_equal(try_decode("90", 128, &insn), -EINVAL);
}

static void
every_operation_has_a_name(void **state)
{
	(void)state;
	for (int op = 0; op < INSN_OP_COUNT; op++)
		assert_true(insn_name(op)[0] != '\0');
	assert_string_equal(insn_name(INSN_MOV_CR), "MOV_CR");
	assert_string_equal(insn_name(INSN_OP_COUNT), "INVALID");
}

/* Addresses */

static void
ea_sums_base_index_and_displacement(void **state)
{
	uint64_t gpr[16] = { [INSN_RAX] = 0x1000, [INSN_RCX] = 0x20 };
	struct insn insn = decode("48 8b 44 88 fc", 64);

	(void)state;
	assert_int_equal(insn_ea(&insn, &insn.operand[1], gpr, 0), 0x107c);
}

static void
ea_wraps_to_the_address_size(void **state)
{
	uint64_t gpr[16] = {
		[INSN_RBX] = 0xffff, [INSN_RSI] = 3, [INSN_RAX] = 0xffffffff
	};
	struct insn insn = decode("8b 00", 16); /* mov (%bx,%si),%ax */

	(void)state;
	assert_int_equal(insn_ea(&insn, &insn.operand[1], gpr, 0), 2);
	insn = decode("67 8b 40 01", 64);
	assert_int_equal(insn_ea(&insn, &insn.operand[1], gpr, 0), 0);
}

static void
ea_of_rip_counts_from_the_next_instruction(void **state)
{
	uint64_t gpr[16] = { 0 };
	struct insn insn = decode("80 3d f0 ff ff ff 01", 64);

	(void)state;
	assert_int_equal(
		insn_ea(&insn, &insn.operand[0], gpr, 0x400007), 0x3ffff7);
}

static void
linear_address_adds_the_base(void **state)
{
	struct insn insn = decode("8b 00", 32);

	(void)state;
	assert_int_equal(
		insn_linear(&insn, &insn.operand[1], 0xfffffff0, 0x20), 0x10);
	insn = decode("8b 00", 64);
	assert_int_equal(insn_linear(&insn, &insn.operand[1], 8, 0x20), 8);
	insn = decode("64 8b 00", 64);
	assert_int_equal(insn_linear(&insn, &insn.operand[1], 8, 0x20), 0x28);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mov_register_to_register_names_both),
		cmocka_unit_test(mov_direction_bit_swaps_operands),
		cmocka_unit_test(mov_imm64_only_with_rex_w),
		cmocka_unit_test(mov_imm32_to_r64_is_sign_extended),
		cmocka_unit_test(moffs_has_the_address_size),
		cmocka_unit_test(movzx_source_is_narrower),
		cmocka_unit_test(opcode_63_is_arpl_or_movsxd),
		cmocka_unit_test(mov_from_segment_writes_16_bits_of_memory),
		cmocka_unit_test(mov_to_cs_is_undefined),
		cmocka_unit_test(xchg_writes_both),
		cmocka_unit_test(cmpxchg16b_needs_rex_w),
		cmocka_unit_test(lea_uses_only_the_address),
		cmocka_unit_test(byte_registers_are_high_without_rex),
		cmocka_unit_test(rex_widens_every_register_field),
		cmocka_unit_test(rex_before_another_prefix_is_forgotten),
		cmocka_unit_test(rex_bytes_are_inc_and_dec_elsewhere),
		cmocka_unit_test(nop_with_rex_b_is_xchg),
		cmocka_unit_test(address_16_bit_forms),
		cmocka_unit_test(address_size_prefix_toggles_16_and_32),
		cmocka_unit_test(rip_relative_only_in_64_bit_code),
		cmocka_unit_test(sib_without_base_or_index),
		cmocka_unit_test(segment_override_replaces_the_default),
		cmocka_unit_test(imm8_is_sign_extended_to_the_operand),
		cmocka_unit_test(opsize_prefix_shortens_the_immediate),
		cmocka_unit_test(group3_only_test_has_an_immediate),
		cmocka_unit_test(enter_has_two_immediates),
		cmocka_unit_test(far_pointer_in_the_instruction),
		cmocka_unit_test(shift_counts_by_one_cl_and_imm),
		cmocka_unit_test(near_branch_ignores_opsize_in_64_bit_code),
		cmocka_unit_test(jcc_tells_its_condition),
		cmocka_unit_test(stack_operations_are_64_bit_wide_by_default),
		cmocka_unit_test(far_transfer_through_memory),
		cmocka_unit_test(removed_in_64_bit_code),
		cmocka_unit_test(string_operands_are_memory),
		cmocka_unit_test(string_override_spares_the_destination),
		cmocka_unit_test(last_repeat_prefix_wins),
		cmocka_unit_test(port_io_is_at_most_32_bits_wide),
		cmocka_unit_test(mov_cr_ignores_the_mod_field),
		cmocka_unit_test(mov_cr_names_only_existing_registers),
		cmocka_unit_test(group7_memory_and_register_forms),
		cmocka_unit_test(descriptor_table_operand_is_native),
		cmocka_unit_test(privileged_instructions_have_names),
		cmocka_unit_test(vmx_instructions_by_prefix),
		cmocka_unit_test(fsgsbase_needs_f3_and_64_bit_code),
		cmocka_unit_test(mandatory_prefix_makes_another_instruction),
		cmocka_unit_test(crc32_source_of_16_bits_has_a_32_bit_result),
		cmocka_unit_test(bmi_operands_come_from_vex),
		cmocka_unit_test(vex_or_les_and_lds),
		cmocka_unit_test(evex_or_bound),
		cmocka_unit_test(xop_or_pop),
		cmocka_unit_test(vex_after_a_legacy_prefix_is_undefined),
		cmocka_unit_test(lengths_of_what_is_not_emulated),
		cmocka_unit_test(lock_is_judged_apart_from_the_length),
		cmocka_unit_test(fifteen_bytes_are_legal_and_sixteen_are_not),
		cmocka_unit_test(every_prefix_of_an_instruction_wants_more),
		cmocka_unit_test(mode_that_is_none_is_refused),
		cmocka_unit_test(every_operation_has_a_name),
		cmocka_unit_test(ea_sums_base_index_and_displacement),
		cmocka_unit_test(ea_wraps_to_the_address_size),
		cmocka_unit_test(ea_of_rip_counts_from_the_next_instruction),
		cmocka_unit_test(linear_address_adds_the_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
