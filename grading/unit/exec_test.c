/* SPDX-License-Identifier: MIT */
/*
 * The instruction emulator: bytes are decoded and executed against a memory
 * of 256 bytes behind DS and ES, where offsets above fault.
 */
/* links: vmm/emul/exec.c vmm/emul/decode.c vmm/emul/decode_operand.c
 * vmm/emul/insn.c vmm/emul/optab.c vmm/emul/optab_0f.c
 * vmm/emul/optab_ext.c */
#include "vmm/emul/exec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CF    0x001
#define PF    0x004
#define AF    0x010
#define ZF    0x040
#define SF    0x080
#define DF    0x400
#define OF    0x800
#define ARITH (CF | PF | AF | ZF | SF | OF)

static uint8_t memory[256];
static uint64_t gpr[16], rflags;
static unsigned reads, writes;

static int
memory_read(struct emul *e, unsigned seg, uint64_t offset, unsigned size,
	uint64_t *value)
{
	(void)e;
	(void)seg;
	reads++;
	if (offset + size > sizeof(memory))
		return -1;
	*value = 0;
	memcpy(value, memory + offset, size);
	return 0;
}

static int
memory_write(struct emul *e, unsigned seg, uint64_t offset, unsigned size,
	uint64_t value)
{
	(void)e;
	(void)seg;
	writes++;
	if (offset + size > sizeof(memory))
		return -1;
	memcpy(memory + offset, &value, size);
	return 0;
}

static const struct emul_ops ops = {
	.read = memory_read,
	.write = memory_write,
};

static int
setup(void **state)
{
	(void)state;
	memset(gpr, 0, sizeof(gpr));
	for (unsigned i = 0; i < sizeof(memory); i++)
		memory[i] = (uint8_t)i;
	rflags = reads = writes = 0;
	return 0;
}

static enum emul_result
run_bytes(const char *code, size_t n)
{
	struct emul emul = { &ops, gpr, &rflags, 0x1000 };
	struct insn insn;

	assert_int_equal(
		insn_decode((const uint8_t *)code, n, CPU_MODE_64, &insn), 0);
	assert_int_equal(insn.len, n);
	return emul_exec(&emul, &insn);
}

#define run(code) run_bytes(code, sizeof(code) - 1)

static void
mov_loads_each_size(void **state)
{
	(void)state;
	gpr[INSN_RBX] = 8;
	gpr[INSN_RAX] = ~0ull;
	assert_int_equal(run("\x8a\x03"), EMUL_DONE); /* mov (%rbx),%al */
	assert_int_equal(gpr[INSN_RAX], 0xffffffffffffff08);
	assert_int_equal(run("\x8a\x23"), EMUL_DONE); /* mov (%rbx),%ah */
	assert_int_equal(gpr[INSN_RAX], 0xffffffffffff0808);
	assert_int_equal(run("\x66\x8b\x03"), EMUL_DONE);
	assert_int_equal(gpr[INSN_RAX], 0xffffffffffff0908);
	assert_int_equal(run("\x8b\x03"), EMUL_DONE); /* clears the rest */
	assert_int_equal(gpr[INSN_RAX], 0x0b0a0908);
	assert_int_equal(run("\x48\x8b\x03"), EMUL_DONE);
	assert_int_equal(gpr[INSN_RAX], 0x0f0e0d0c0b0a0908);
}

static void
mov_stores_registers_and_immediates(void **state)
{
	(void)state;
	gpr[INSN_RAX] = 0x1122334455667788;
	assert_int_equal(run("\x66\x89\x03"), EMUL_DONE);
	assert_int_equal(memory[1], 0x77);
	assert_int_equal(memory[2], 2);
	assert_int_equal(run("\xc6\x03\x5a"), EMUL_DONE); /* movb $,(%rbx) */
	assert_int_equal(memory[0], 0x5a);
	assert_int_equal(
		run("\x48\xc7\x03\xfe\xff\xff\xff"), EMUL_DONE); /* movq $-2 */
	assert_int_equal(memory[7], 0xff);
	assert_int_equal(reads, 0);
}

static void
mov_extends(void **state)
{
	(void)state;
	gpr[INSN_RBX] = 0xf0;
	assert_int_equal(run("\x0f\xb6\x03"), EMUL_DONE); /* movzbl */
	assert_int_equal(gpr[INSN_RAX], 0xf0);
	assert_int_equal(run("\x0f\xbe\x03"), EMUL_DONE); /* movsbl */
	assert_int_equal(gpr[INSN_RAX], 0xfffffff0);
	assert_int_equal(run("\x48\x0f\xbf\x03"), EMUL_DONE); /* movswq */
	assert_int_equal(gpr[INSN_RAX], 0xfffffffffffff1f0);
	assert_int_equal(run("\x48\x63\x03"), EMUL_DONE); /* movslq */
	assert_int_equal(gpr[INSN_RAX], 0xfffffffff3f2f1f0);
}

static void
alu_computes_and_sets_flags(void **state)
{
	static const struct {
		uint8_t opcode; /* op (%rbx),%al: al is a, memory b */
		uint8_t a, b, result;
		unsigned flags;
	} table[] = {
		{ 0x02, 0x7f, 0x01, 0x80, SF | OF | AF }, /* add */
		{ 0x02, 0xff, 0x01, 0x00, ZF | CF | AF | PF },
		{ 0x02, 0x80, 0x80, 0x00, ZF | CF | OF | PF },
		{ 0x2a, 0x00, 0x01, 0xff, SF | CF | AF | PF }, /* sub */
		{ 0x2a, 0x80, 0x01, 0x7f, OF | AF },
		{ 0x3a, 0x05, 0x05, 0x05, ZF | PF }, /* cmp */
		{ 0x22, 0xf0, 0x8f, 0x80, SF },	     /* and */
		{ 0x0a, 0x01, 0x02, 0x03, PF },	     /* or */
		{ 0x32, 0x55, 0x55, 0x00, ZF | PF }, /* xor */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char code[2] = { (char)table[i].opcode, 0x03 };

		gpr[INSN_RAX] = table[i].a;
		memory[0] = table[i].b;
		rflags = ARITH ^ table[i].flags;
		assert_int_equal(run_bytes(code, 2), EMUL_DONE);
		assert_int_equal(gpr[INSN_RAX] & 0xff, table[i].result);
		assert_int_equal(rflags & ARITH, table[i].flags);
	}
}

static void
alu_sign_extends_short_immediates(void **state)
{
	(void)state;
	memory[0] = memory[1] = memory[2] = memory[3] = 0;
	assert_int_equal(run("\x83\x03\xff"), EMUL_DONE); /* addl $-1 */
	assert_int_equal(memory[3], 0xff);
	assert_int_equal(memory[4], 4);
}

static void
test_writes_nothing(void **state)
{
	(void)state;
	memory[0] = 1;
	assert_int_equal(run("\xf6\x03\x01"), EMUL_DONE); /* testb $1 */
	assert_int_equal(rflags & ZF, 0);
	assert_int_equal(writes, 0);
}

static void
xchg_exchanges(void **state)
{
	(void)state;
	gpr[INSN_RAX] = 0x99;
	gpr[INSN_RBX] = 5;
	assert_int_equal(run("\x86\x03"), EMUL_DONE);
	assert_int_equal(gpr[INSN_RAX], 5);
	assert_int_equal(memory[5], 0x99);
}

static void
faults_leave_no_trace(void **state)
{
	uint64_t before[16];

	(void)state;
	gpr[INSN_RBX] = 254; /* four bytes do not fit */
	gpr[INSN_RAX] = 7;
	rflags = CF;
	memcpy(before, gpr, sizeof(gpr));
	assert_int_equal(run("\x8b\x03"), EMUL_FAULT);
	assert_int_equal(run("\x89\x03"), EMUL_FAULT);
	assert_int_equal(run("\x01\x03"), EMUL_FAULT);
	assert_int_equal(run("\x87\x03"), EMUL_FAULT);
	assert_memory_equal(gpr, before, sizeof(gpr));
	assert_int_equal(rflags, CF);
}

static void
string_moves_and_steps(void **state)
{
	(void)state;
	gpr[INSN_RSI] = 16;
	gpr[INSN_RDI] = 100;
	gpr[INSN_RCX] = 5;
	assert_int_equal(run("\xf3\x66\xa5"), EMUL_DONE); /* rep movsw */
	assert_memory_equal(memory + 100, memory + 16, 10);
	assert_int_equal(gpr[INSN_RSI], 26);
	assert_int_equal(gpr[INSN_RDI], 110);
	assert_int_equal(gpr[INSN_RCX], 0);
	rflags = DF;
	gpr[INSN_RAX] = 0xee;
	assert_int_equal(run("\xaa"), EMUL_DONE); /* stosb */
	assert_int_equal(memory[110], 0xee);
	assert_int_equal(gpr[INSN_RDI], 109);
}

static void
string_with_count_zero_does_nothing(void **state)
{
	(void)state;
	gpr[INSN_RDI] = 1ull << 40;
	assert_int_equal(run("\xf3\xaa"), EMUL_DONE);
	assert_int_equal(writes, 0);
}

static void
string_stops_where_it_faults(void **state)
{
	(void)state;
	gpr[INSN_RDI] = 250;
	gpr[INSN_RCX] = 100;
	assert_int_equal(run("\xf3\xaa"), EMUL_FAULT);
	assert_int_equal(gpr[INSN_RDI], 256);
	assert_int_equal(gpr[INSN_RCX], 94);
}

static void
string_comes_in_bounded_pieces(void **state)
{
	(void)state;
	rflags = 0;
	gpr[INSN_RSI] = 0;
	gpr[INSN_RCX] = ~0ull;
	assert_int_equal(run("\xf3\xac"), EMUL_AGAIN); /* rep lodsb */
	assert_int_equal(reads, 256);
	assert_int_equal(gpr[INSN_RCX], ~0ull - 256);
}

static void
unknown_instructions_change_nothing(void **state)
{
	(void)state;
	assert_int_equal(run("\xff\x33"), EMUL_UNKNOWN);     /* push (%rbx) */
	assert_int_equal(run("\x0f\x28\x03"), EMUL_UNKNOWN); /* movaps */
	assert_int_equal(reads + writes, 0);
}

#define exec_test(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		exec_test(mov_loads_each_size),
		exec_test(mov_stores_registers_and_immediates),
		exec_test(mov_extends),
		exec_test(alu_computes_and_sets_flags),
		exec_test(alu_sign_extends_short_immediates),
		exec_test(test_writes_nothing),
		exec_test(xchg_exchanges),
		exec_test(faults_leave_no_trace),
		exec_test(string_moves_and_steps),
		exec_test(string_with_count_zero_does_nothing),
		exec_test(string_stops_where_it_faults),
		exec_test(string_comes_in_bounded_pieces),
		exec_test(unknown_instructions_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
