/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder: what an ordinary instruction is and how long.  The
 * encodings are worked out by hand from the manuals, each classic trap has a
 * test with its name.  Lengths at large are compared in decode_diff_test.c.
 */
/* links: vmm/emul/decode.c vmm/emul/decode_operand.c vmm/emul/insn.c
 * vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c */
#include "grading/unit/decode_help.h"

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
		cmocka_unit_test(near_branch_ignores_opsize_in_64_bit_code),
		cmocka_unit_test(jcc_tells_its_condition),
		cmocka_unit_test(stack_operations_are_64_bit_wide_by_default),
		cmocka_unit_test(far_transfer_through_memory),
		cmocka_unit_test(removed_in_64_bit_code),
		cmocka_unit_test(string_operands_are_memory),
		cmocka_unit_test(string_override_spares_the_destination),
		cmocka_unit_test(last_repeat_prefix_wins),
		cmocka_unit_test(port_io_is_at_most_32_bits_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
