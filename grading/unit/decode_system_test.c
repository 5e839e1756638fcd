/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder: the system instructions that make a guest exit, the
 * mandatory prefixes, and the encodings that share their first byte.
 */
/* links: vmm/emul/decode.c vmm/emul/decode_operand.c vmm/emul/insn.c
 * vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c */
#include "grading/unit/decode_help.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
