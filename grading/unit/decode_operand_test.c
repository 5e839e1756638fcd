/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder: registers, addresses and immediates as the prefixes,
 * ModRM and SIB make them.
 */
/* links: vmm/emul/decode.c vmm/emul/decode_operand.c vmm/emul/insn.c
 * vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c */
#include "grading/unit/decode_help.h"

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
		cmocka_unit_test(ea_sums_base_index_and_displacement),
		cmocka_unit_test(ea_wraps_to_the_address_size),
		cmocka_unit_test(ea_of_rip_counts_from_the_next_instruction),
		cmocka_unit_test(linear_address_adds_the_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
