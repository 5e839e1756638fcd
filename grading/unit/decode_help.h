/* SPDX-License-Identifier: MIT */

/*
 * What the tests of the decoder share: instructions written as hex text, and
 * assertions on operands.
 */
#ifndef GRADING_UNIT_DECODE_HELP_H
#define GRADING_UNIT_DECODE_HELP_H

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
static inline size_t
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
static inline int
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

static inline int
try_decode(const char *text, int mode, struct insn *insn)
{
	uint8_t bytes[32];
	size_t n = parse_hex(text, bytes);

	return decode_exact(bytes, n, mode, insn);
}

/* Decodes text, which must be one whole instruction. */
static inline struct insn
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

static inline void
assert_invalid(const char *text, int mode)
{
	struct insn insn;

	if (try_decode(text, mode, &insn) != -EINVAL)
		fail_msg("%s in mode %d should be invalid", text, mode);
}

static inline void
assert_reg(const struct insn_operand *op, int reg, int size)
{
	assert_int_equal(op->kind, INSN_KIND_REG);
	assert_int_equal(op->reg, reg);
	assert_int_equal(op->size, size);
	assert_false(op->high);
}

static inline void
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

static inline void
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

static inline void
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

#endif
