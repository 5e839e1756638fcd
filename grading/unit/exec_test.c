/* SPDX-License-Identifier: MIT */
/*
 * The instruction emulator: what the comparison with a real CPU
 * (exec_diff_test.c) cannot see.  Atomicity, bounded work, 32-bit and 16-bit
 * code, segments, and that a fault leaves no trace.
 */
/* links: vmm/segment.c vmm/emul/decode.c vmm/emul/decode_operand.c
 * vmm/emul/insn.c vmm/emul/optab.c vmm/emul/optab_0f.c vmm/emul/optab_ext.c
 * vmm/emul/exec.c vmm/emul/exec_arith.c vmm/emul/exec_bit.c
 * vmm/emul/exec_exit.c vmm/emul/exec_move.c vmm/emul/exec_operand.c
 * vmm/emul/exec_stack.c vmm/emul/exec_string.c vmm/emul/exec_system.c
 * vmm/emul/deliver.c vmm/emul/iret.c vmm/emul/segload.c
 * vmm/emul/syscall.c vmm/emul/transfer.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "grading/unit/exec_help.h"

static struct guest g;

static void
a_fault_at_the_write_leaves_registers_and_flags(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = DATA;
	g.read_only = 1ull << (DATA >> 12);
	/* add %rcx,(%rax); xadd %rax,(%rax) */
	guest_faults(&g, "48 01 08", VEC_PF, ACCESS_WRITE | ACCESS_PRESENT);
	assert_int_equal(g.emul.fault.address, DATA);
	guest_faults(&g, "48 0f c1 00", VEC_PF, ACCESS_WRITE | ACCESS_PRESENT);
}

static void
a_locked_write_that_loses_a_race_is_executed_again(void **state)
{
	struct vcpu_regs before;

	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = DATA;
	g.moved = true;
	before = g.regs;
	assert_int_equal(guest_step(&g, "f0 48 ff 00"), EMUL_AGAIN); /* inc */
	assert_int_equal(guest_step(&g, "48 87 00"), EMUL_AGAIN);    /* xchg */
	assert_int_equal(
		guest_step(&g, "f0 0f c7 08"), EMUL_NEXT); /* not equal */
	g.regs = before;
	g.regs.gpr[GPR_RAX] = 0;
	assert_int_equal(guest_step(&g, "f0 0f c7 0c 25 00 40 00 00"),
		EMUL_AGAIN); /* cmpxchg8b DATA */
	assert_int_equal(guest_get(&g, DATA, 8), 0);
	g.moved = false;
	assert_int_equal(
		guest_step(&g, "f0 48 ff 04 25 00 40 00 00"), EMUL_NEXT);
	assert_int_equal(guest_get(&g, DATA, 8), 1);
}

static void
an_exchange_uses_the_address_from_before(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = DATA;
	guest_put(&g, DATA, 0x1234, 8);
	assert_int_equal(guest_step(&g, "48 87 00"), EMUL_NEXT);
	assert_int_equal(guest_get(&g, DATA, 8), DATA);
	assert_int_equal(g.regs.gpr[GPR_RAX], 0x1234);
}

static void
a_bad_lock_prefix_is_undefined(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_faults(&g, "f0 01 c8", VEC_UD, 0);    /* add to a register */
	guest_faults(&g, "f0 48 8b 00", VEC_UD, 0); /* mov */
}

static void
a_huge_repeat_count_is_done_in_pieces(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RCX] = 1ull << 63;
	g.regs.gpr[GPR_RDI] = DATA;
	g.regs.gpr[GPR_RAX] = 0xab;
	assert_int_equal(guest_step(&g, "f3 aa"), EMUL_AGAIN);
	assert_int_equal(g.regs.gpr[GPR_RCX], (1ull << 63) - EMUL_PIECE);
	assert_int_equal(g.regs.gpr[GPR_RDI], DATA + EMUL_PIECE);
	assert_int_equal(guest_get(&g, DATA + EMUL_PIECE - 1, 2), 0xab);
}

static void
a_repeat_count_of_just_one_piece_ends(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RCX] = EMUL_PIECE;
	g.regs.gpr[GPR_RDI] = DATA;
	assert_int_equal(guest_step(&g, "f3 aa"), EMUL_NEXT);
	assert_int_equal(g.regs.gpr[GPR_RCX], 0);
}

static void
a_string_fault_keeps_the_iterations_that_were_done(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RCX] = 10;
	g.regs.gpr[GPR_RSI] = DATA;
	g.regs.gpr[GPR_RDI] = DATA + 0x1000 - 24;
	g.absent = 1ull << ((DATA >> 12) + 1);
	assert_int_equal(guest_step(&g, "f3 48 a5"), EMUL_FAULT);
	assert_int_equal(g.emul.fault.address, DATA + 0x1000);
	assert_int_equal(g.regs.gpr[GPR_RCX], 7);
	assert_int_equal(g.regs.gpr[GPR_RSI], DATA + 24);
	assert_int_equal(g.regs.gpr[GPR_RDI], DATA + 0x1000);
}

static void
a_comparison_in_pieces_ends_at_the_difference(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RCX] = 1000;
	g.regs.gpr[GPR_RSI] = DATA;
	g.regs.gpr[GPR_RDI] = DATA + 0x1000;
	guest_put(&g, DATA + 300, 1, 1);
	assert_int_equal(guest_step(&g, "f3 a6"), EMUL_AGAIN);
	assert_true(g.regs.rflags & RFLAGS_ZF);
	assert_int_equal(guest_step(&g, "f3 a6"), EMUL_NEXT);
	assert_int_equal(g.regs.gpr[GPR_RCX], 1000 - 301);
	assert_false(g.regs.rflags & RFLAGS_ZF);
}

static void
pusha_and_popa_are_inverse_but_for_esp(void **state)
{
	struct vcpu_regs before;

	(void)state;
	guest_start(&g, 32);
	for (unsigned i = 0; i < 8; i++)
		if (i != GPR_RSP)
			g.regs.gpr[i] = 0x11111111u * (i + 1);
	before = g.regs;
	assert_int_equal(guest_step(&g, "60"), EMUL_NEXT);
	assert_int_equal(g.regs.gpr[GPR_RSP], before.gpr[GPR_RSP] - 32);
	assert_int_equal(guest_get(&g, g.regs.gpr[GPR_RSP] + 12, 4),
		before.gpr[GPR_RSP]);
	assert_int_equal(
		guest_get(&g, g.regs.gpr[GPR_RSP], 4), before.gpr[GPR_RDI]);
	guest_put(&g, g.regs.gpr[GPR_RSP] + 12, 0xdead, 4);
	assert_int_equal(guest_step(&g, "61"), EMUL_NEXT);
	assert_memory_equal(&before, &g.regs, sizeof(before));
}

static void
a_16_bit_stack_wraps_and_keeps_the_upper_half(void **state)
{
	(void)state;
	guest_start(&g, 32);
	g.state.seg[SEG_SS].attr = 0x093; /* B clear */
	g.state.seg[SEG_SS].limit = 0xffff;
	g.regs.gpr[GPR_RSP] = 0xabcd0002;
	g.regs.gpr[GPR_RAX] = 0x55667788;
	assert_int_equal(guest_step(&g, "66 50"), EMUL_NEXT); /* push %ax */
	assert_int_equal(g.regs.gpr[GPR_RSP], 0xabcd0000);
	assert_int_equal(guest_step(&g, "66 50"), EMUL_NEXT);
	assert_int_equal(g.regs.gpr[GPR_RSP], 0xabcdfffe);
	assert_int_equal(guest_get(&g, 0xfffe, 2), 0x7788);
}

static void
offsets_beyond_a_limit_fault_by_segment(void **state)
{
	(void)state;
	guest_start(&g, 32);
	g.state.seg[SEG_DS].limit = DATA;
	g.state.seg[SEG_SS].limit = DATA;
	g.regs.gpr[GPR_RAX] = DATA - 3;
	assert_int_equal(guest_step(&g, "8b 08"), EMUL_NEXT);
	g.regs.gpr[GPR_RAX] = DATA - 2;
	guest_faults(&g, "8b 08", VEC_GP, 0);
	guest_faults(&g, "36 8b 08", VEC_SS, 0);
	guest_faults(&g, "50", VEC_SS, 0);
}

static void
what_a_segment_forbids_faults(void **state)
{
	(void)state;
	guest_start(&g, 32);
	g.regs.gpr[GPR_RAX] = DATA;
	g.state.seg[SEG_DS].attr = 0xc91; /* read-only data */
	guest_faults(&g, "89 08", VEC_GP, 0);
	guest_faults(&g, "01 08", VEC_GP, 0);
	assert_int_equal(guest_step(&g, "8b 08"), EMUL_NEXT);
	guest_faults(&g, "2e 89 08", VEC_GP, 0); /* code is never written */
	g.state.seg[SEG_ES].attr = 0;
	guest_faults(&g, "26 8b 08", VEC_GP, 0);
}

static void
an_address_that_is_not_canonical_faults(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = 0x800000000000;
	guest_faults(&g, "48 8b 08", VEC_GP, 0);
	g.regs.gpr[GPR_RSP] = 0x800000000000;
	guest_faults(&g, "48 8b 0c 24", VEC_SS, 0);
	guest_faults(&g, "58", VEC_SS, 0);
	g.regs.gpr[GPR_RAX] = 0x7ffffffffffc; /* its end is not */
	guest_faults(&g, "48 8b 08", VEC_GP, 0);
}

static void
a_branch_out_of_the_code_segment_faults(void **state)
{
	(void)state;
	guest_start(&g, 32);
	g.state.seg[SEG_CS].limit = CODE + 0x20;
	assert_int_equal(guest_step(&g, "eb 10"), EMUL_JUMPED);
	assert_int_equal(g.regs.rip, CODE + 0x12);
	g.regs.rip = CODE;
	guest_faults(&g, "eb 20", VEC_GP, 0);
	guest_faults(&g, "e8 00 01 00 00", VEC_GP, 0);
}

static void
ring_3_accesses_say_so(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	g.regs.gpr[GPR_RAX] = DATA;
	g.supervisor = 1ull << (DATA >> 12);
	guest_faults(&g, "48 8b 08", VEC_PF, ACCESS_USER | ACCESS_PRESENT);
	guest_faults(&g, "48 01 08", VEC_PF,
		ACCESS_USER | ACCESS_PRESENT | ACCESS_WRITE);
}

static void
misaligned_data_faults_in_ring_3_if_asked_for(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = DATA + 1;
	g.regs.rflags |= RFLAGS_AC;
	assert_int_equal(guest_step(&g, "48 8b 08"), EMUL_NEXT);
	guest_ring(&g, 3);
	guest_faults(&g, "48 8b 08", VEC_AC, 0);
	assert_int_equal(guest_step(&g, "8a 08"), EMUL_NEXT);
}

static void
cmpxchg16b_wants_its_alignment(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_faults(&g, "48 0f c7 0c 25 08 40 00 00", VEC_GP, 0);
	g.regs.gpr[GPR_RBX] = 5;
	g.regs.gpr[GPR_RCX] = 6;
	assert_int_equal(
		guest_step(&g, "48 0f c7 0c 25 00 40 00 00"), EMUL_NEXT);
	assert_int_equal(guest_get(&g, DATA, 8), 5);
	assert_int_equal(guest_get(&g, DATA + 8, 8), 6);
}

static void
what_is_not_emulated_changes_nothing(void **state)
{
	struct vcpu_regs before;

	(void)state;
	guest_start(&g, 64);
	before = g.regs;
	assert_int_equal(guest_step(&g, "0f 6f 00"), EMUL_UNKNOWN); /* movq */
	assert_int_equal(guest_step(&g, "d9 00"), EMUL_UNKNOWN);    /* fld */
	assert_memory_equal(&before, &g.regs, sizeof(before));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_fault_at_the_write_leaves_registers_and_flags),
		cmocka_unit_test(
			a_locked_write_that_loses_a_race_is_executed_again),
		cmocka_unit_test(an_exchange_uses_the_address_from_before),
		cmocka_unit_test(a_bad_lock_prefix_is_undefined),
		cmocka_unit_test(a_huge_repeat_count_is_done_in_pieces),
		cmocka_unit_test(a_repeat_count_of_just_one_piece_ends),
		cmocka_unit_test(
			a_string_fault_keeps_the_iterations_that_were_done),
		cmocka_unit_test(a_comparison_in_pieces_ends_at_the_difference),
		cmocka_unit_test(pusha_and_popa_are_inverse_but_for_esp),
		cmocka_unit_test(a_16_bit_stack_wraps_and_keeps_the_upper_half),
		cmocka_unit_test(offsets_beyond_a_limit_fault_by_segment),
		cmocka_unit_test(what_a_segment_forbids_faults),
		cmocka_unit_test(an_address_that_is_not_canonical_faults),
		cmocka_unit_test(a_branch_out_of_the_code_segment_faults),
		cmocka_unit_test(ring_3_accesses_say_so),
		cmocka_unit_test(misaligned_data_faults_in_ring_3_if_asked_for),
		cmocka_unit_test(cmpxchg16b_wants_its_alignment),
		cmocka_unit_test(what_is_not_emulated_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
