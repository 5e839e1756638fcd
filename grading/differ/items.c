/* SPDX-License-Identifier: MIT */
/*
 * What programs of every kind do: arithmetic, memory, stack, jumps.  RBX is the
 * base of most memory operands.  RSP is never written, but by PUSH and POP.
 *
 * AF is in no digest, for logic operations leave it undefined; operations that
 * leave more undefined are not here (grading/unit/exec_diff_test.c has them).
 */
#include "grading/differ/guest.h"

static unsigned
any_gpr(void)
{
	unsigned gpr = (unsigned)dice_below(&dice, 15);

	return gpr < RSP ? gpr : gpr + 1;
}

/* A REX prefix for two registers, and the ModRM byte for them. */
static void
put_two(const char *opcode, size_t n, unsigned reg, unsigned rm)
{
	put((uint8_t)(0x40 | (dice_below(&dice, 2) ? 8 : 0) | (reg >> 3) << 2 |
		rm >> 3));
	put_bytes(opcode, n);
	put((uint8_t)(0xc0 | (reg & 7) << 3 | (rm & 7)));
}

static void
emit_alu(void)
{
	char opcode = (char)(dice_below(&dice, 8) << 3 | 1);

	put_two(&opcode, 1, any_gpr(), any_gpr());
}

static void
emit_alu_imm(void)
{
	unsigned rm = any_gpr();

	put((uint8_t)(0x48 | rm >> 3));
	put(0x81);
	put((uint8_t)(0xc0 | dice_below(&dice, 8) << 3 | (rm & 7)));
	put_32(dice_value(&dice));
}

static void
emit_unary(void)
{
	static const char codes[][2] = { { '\xff', 0 }, { '\xff', 1 },
		{ '\xf7', 2 }, { '\xf7', 3 }, { '\xd1', 4 }, { '\xd1', 5 },
		{ '\xd1', 7 } };
	const char *code = codes[dice_below(&dice, 7)];

	put_two(code, 1, (unsigned)code[1], any_gpr());
}

static void
emit_two(void)
{
	static const char *const codes[] = { "\x0f\xb6", "\x0f\xb7", "\x0f\xbe",
		"\x0f\xbf", "\x0f\x44", "\x0f\x4c", "\x0f\x4d", "\x0f\xc1",
		"\x0f\xb1" };

	put_two(codes[dice_below(&dice, 9)], 2, any_gpr(), any_gpr());
}

uint64_t
item_address(void)
{
	uint64_t offset = dice_below(&dice, DATA_PAGES * PAGE - 64) & ~7ull;

	switch (dice_below(&dice, 16)) {
	case 0:
		return EMPTY_GVA + offset;
	case 1:
		return (uint64_t)test_data + offset;
	case 2:
		return 1ull << 63 | offset;
	case 3: /* across two pages */
		return SMALL_GVA + (offset | (PAGE - 1)) - dice_below(&dice, 7);
	case 4:
	case 5:
	case 6:
	case 7:
		return LARGE_GVA + offset;
	default:
		return SMALL_GVA + offset;
	}
}

/* An operation on memory at RBX. */
static void
put_memory(const char *opcode, size_t n)
{
	put_load(RBX, item_address());
	put_bytes(opcode, n);
}

static void
emit_load(void)
{
	static const char *const codes[] = { "\x48\x8b\x03", "\x8b\x03\x90",
		"\x66\x8b\x03", "\x8a\x03\x90", "\x4c\x8b\x23", "\x48\x03\x03",
		"\x48\x3b\x03", "\x48\x85\x03" };

	put_memory(codes[dice_below(&dice, 8)], 3);
}

static void
emit_store(void)
{
	static const char *const codes[] = { "\x48\x89\x03\x90",
		"\x89\x03\x90\x90", "\x66\x89\x03\x90", "\x88\x03\x90\x90",
		"\x48\x01\x03\x90", "\x48\x29\x0b\x90", "\x48\x11\x13\x90",
		"\x48\xff\x03\x90", "\x48\xf7\x1b\x90", "\x48\x87\x03\x90",
		"\x48\x0f\xc1\x03", "\x48\x0f\xb1\x0b", "\xf0\x48\x01\x03",
		"\xf0\xff\x03\x90", "\xf0\xff\x0b\x90" };

	put_memory(codes[dice_below(&dice, 15)], 4);
}

static void
emit_string(void)
{
	static const char *const codes[] = { "\xf3\x48\xa5", "\xf3\xa4\x90",
		"\xf3\x48\xab", "\x48\xad\x90", "\x48\xa5\x90", "\xf3\xaa\x90",
		"\x48\xab\x90" };

	put_load(RSI, item_address());
	put_load(RDI, item_address());
	put_load(RCX, dice_below(&dice, 20));
	if (dice_below(&dice, 6) == 0)
		put(0xfd); /* STD */
	put_bytes(codes[dice_below(&dice, 7)], 3);
	put(0xfc); /* CLD */
}

static void
emit_jump(void)
{
	put((uint8_t)(0x70 | dice_below(&dice, 16)));
	put(10);
	put_load(dice_below(&dice, 2) ? RDX : RAX, dice_value(&dice));
}

static void
emit_stack(void)
{
	static const char *const codes[] = { "\x50\x59", "\x53\x5e", "\x6a\x85",
		"\x5f\x57", "\xff\x34\x24\x5a" };
	unsigned i = (unsigned)dice_below(&dice, 5);

	put_bytes(codes[i], i == 4 ? 4 : 2);
}

static void
emit_call(void)
{
	PUT("\xe8\x01\x00\x00\x00\x90\x58"); /* call 1f; nop; 1: pop %rax */
}

static void
emit_push_memory(void)
{
	static const char *const codes[] = { "\xff\x33", "\x8f\x03" };

	put_memory(codes[dice_below(&dice, 2)], 2);
}

static void
emit_flags(void)
{
	put((uint8_t)(0xf8 + dice_below(&dice, 2))); /* CLC, STC */
	put(0xf5);				     /* CMC */
}

/* To where no code is. */
static void
emit_jump_wild(void)
{
	put_load(RBX, dice_below(&dice, 2) ? EMPTY_GVA : 1ull << 62);
	PUT("\xff\xe3");
}

const struct item items_plain[] = {
	{ "alu", 6, 0, emit_alu },
	{ "alu-imm", 3, 0, emit_alu_imm },
	{ "unary", 3, 0, emit_unary },
	{ "two", 3, 0, emit_two },
	{ "load", 4, 0, emit_load },
	{ "store", 8, 0, emit_store },
	{ "string", 4, ITEM_UNSTEPPED, emit_string },
	{ "jump", 3, 0, emit_jump },
	{ "stack", 2, 0, emit_stack },
	{ "call", 1, 0, emit_call },
	{ "push-memory", 2, 0, emit_push_memory },
	{ "flags", 1, 0, emit_flags },
	{ "jump-wild", 1, 0, emit_jump_wild },
	{ 0 },
};
