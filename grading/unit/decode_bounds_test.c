/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder at its limits: the end of the data, the fifteenth
 * byte, and what it judges apart from the length.
 */
/* links: vmm/emul/decode.c vmm/emul/decode_operand.c vmm/emul/insn.c
 * vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c */
#include "grading/unit/decode_help.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lock_is_judged_apart_from_the_length),
		cmocka_unit_test(fifteen_bytes_are_legal_and_sixteen_are_not),
		cmocka_unit_test(every_prefix_of_an_instruction_wants_more),
		cmocka_unit_test(mode_that_is_none_is_refused),
		cmocka_unit_test(every_operation_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
