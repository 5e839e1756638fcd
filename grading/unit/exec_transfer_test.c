/* SPDX-License-Identifier: MIT */
/*
 * Control transfers in the emulator: events through the IDT, IRET, far jumps
 * and calls, gates, SYSCALL.  And the faults that they raise themselves.
 *
 * Over 400 lines because each way of changing CS has its own checks.
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

static const struct event page_fault = {
	.kind = EVENT_EXCEPTION, .vector = VEC_PF, .has_error = true, .error = 7
};
static const struct event interrupt = { .kind = EVENT_IRQ, .vector = 0x20 };

/* Deliver; it must fault just so, and change nothing. */
static void
delivery_faults(const struct event *ev, uint8_t vector, uint32_t error)
{
	struct vcpu_regs regs = g.regs;
	struct vcpu_state state = g.state;

	assert_int_equal(emul_deliver(&g.emul, ev), EMUL_FAULT);
	assert_int_equal(g.emul.fault.vector, vector);
	assert_int_equal(g.emul.fault.error, error);
	assert_memory_equal(&regs, &g.regs, sizeof(regs));
	assert_memory_equal(&state, &g.state, sizeof(state));
}

static void
assert_frame(uint64_t at, unsigned size, unsigned n, const uint64_t *value)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(guest_get(&g, at + i * size, size), value[i]);
}

static void
an_exception_pushes_the_whole_frame_in_long_mode(void **state)
{
	uint64_t rsp = STACK0 - 71;

	(void)state;
	guest_start(&g, 64);
	guest_gate(&g, VEC_PF, 0xe, 0, 0, SEL_CODE0, HANDLER);
	g.regs.gpr[GPR_RSP] = rsp; /* aligned down first */
	assert_int_equal(emul_deliver(&g.emul, &page_fault), EMUL_JUMPED);
	assert_int_equal(g.regs.rip, HANDLER);
	assert_int_equal(g.regs.gpr[GPR_RSP], (rsp & ~15ull) - 48);
	assert_frame(g.regs.gpr[GPR_RSP], 8, 6,
		(uint64_t[]){ 7, CODE, SEL_CODE0, 0x202 | RFLAGS_RF, rsp,
			SEL_DATA0 });
	assert_false(g.regs.rflags & RFLAGS_IF);
	assert_int_equal(g.state.seg[SEG_SS].sel, SEL_DATA0);
}

static void
an_interrupt_from_ring_3_switches_to_the_tss_stack(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	guest_gate(&g, 0x20, 0xf, 0, 0, SEL_CODE0, HANDLER);
	g.supervisor = ~(1ull << (STACK3 >> 12)); /* but ring 3's stack */
	g.regs.rflags |= RFLAGS_TF | RFLAGS_NT;
	assert_int_equal(emul_deliver(&g.emul, &interrupt), EMUL_JUMPED);
	assert_int_equal(g.state.cpl, 0);
	assert_int_equal(g.state.seg[SEG_CS].sel, SEL_CODE0);
	assert_int_equal(g.state.seg[SEG_SS].sel, 0);
	assert_int_equal(g.regs.gpr[GPR_RSP], STACK0 - 40);
	assert_frame(STACK0 - 40, 8, 5,
		(uint64_t[]){
			CODE, SEL_CODE3, 0x4302, STACK3 - 64, SEL_DATA3 });
	assert_int_equal(g.regs.rflags, 0x202); /* a trap gate: IF stays */
	assert_true(g.emul.changed & VCPU_CPL);
}

static void
an_interrupt_stack_is_taken_at_any_privilege(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_gate(&g, 0x20, 0xe, 0, 1, SEL_CODE0, HANDLER);
	assert_int_equal(emul_deliver(&g.emul, &interrupt), EMUL_JUMPED);
	assert_int_equal(g.regs.gpr[GPR_RSP], IST1 - 40);
	assert_int_equal(g.state.seg[SEG_SS].sel, SEL_DATA0);
	guest_ring(&g, 3);
	assert_int_equal(emul_deliver(&g.emul, &interrupt), EMUL_JUMPED);
	assert_int_equal(g.regs.gpr[GPR_RSP], IST1 - 40);
	assert_int_equal(g.state.seg[SEG_SS].sel, 0);
}

static void
protected_mode_pushes_what_it_must(void **state)
{
	(void)state;
	guest_start(&g, 32);
	guest_gate(&g, VEC_PF, 0xe, 0, 0, SEL_CODE0, HANDLER);
	assert_int_equal(emul_deliver(&g.emul, &page_fault), EMUL_JUMPED);
	assert_int_equal(g.regs.gpr[GPR_RSP], STACK0 - 64 - 16);
	assert_frame(STACK0 - 64 - 16, 4, 4,
		(uint64_t[]){ 7, CODE, SEL_CODE0, 0x202 | RFLAGS_RF });
	guest_start(&g, 32);
	guest_ring(&g, 3);
	guest_gate(&g, 0x20, 0xe, 0, 0, SEL_CODE0, HANDLER);
	assert_int_equal(emul_deliver(&g.emul, &interrupt), EMUL_JUMPED);
	assert_int_equal(g.state.seg[SEG_SS].sel, SEL_DATA0);
	assert_frame(STACK0 - 20, 4, 5,
		(uint64_t[]){ CODE, SEL_CODE3, 0x202, STACK3 - 64, SEL_DATA3 });
}

static void
each_step_of_a_delivery_can_fault(void **state)
{
	const uint32_t error = 0x20 * 8 + 2 + 1; /* IDT, EXT */

	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	delivery_faults(&interrupt, VEC_GP, error); /* no gate's type */
	guest_gate(&g, 0x20, 0xe, 0, 0, SEL_CODE0, HANDLER);
	g.memory[IDT + 0x20 * 16 + 5] &= 0x7f;
	delivery_faults(&interrupt, VEC_NP, error);
	g.state.idtr.limit = 0x20 * 16 + 14;
	delivery_faults(&interrupt, VEC_GP, error);
	g.state.idtr.limit = 0xfff;
	guest_gate(&g, 0x20, 0xe, 0, 0, 0, HANDLER);
	delivery_faults(&interrupt, VEC_GP, 1);
	guest_gate(&g, 0x20, 0xe, 0, 0, SEL_DATA0, HANDLER);
	delivery_faults(&interrupt, VEC_GP, SEL_DATA0 | 1);
	guest_gate(&g, 0x20, 0xe, 0, 0, SEL_CODE32, HANDLER);
	delivery_faults(&interrupt, VEC_GP, SEL_CODE32 | 1);
	guest_gate(&g, 0x20, 0xe, 0, 0, SEL_CODE0, 0x800000000000);
	delivery_faults(&interrupt, VEC_GP, 1);
	guest_gate(&g, 0x20, 0xe, 0, 0, SEL_CODE0, HANDLER);
	g.state.tr.limit = 10;
	delivery_faults(&interrupt, VEC_TS, SEL_TSS | 1);
	g.state.tr.limit = 0x1ff;
	guest_put(&g, TSS + 4, 0x800000000000, 8);
	delivery_faults(&interrupt, VEC_SS, 1);
	guest_put(&g, TSS + 4, STACK0, 8);
	g.absent = 1ull << ((STACK0 - 8) >> 12);
	delivery_faults(&interrupt, VEC_PF, ACCESS_WRITE);
	assert_int_equal(g.emul.fault.address, STACK0 - 8);
	g.absent = 1ull << (IDT >> 12);
	delivery_faults(&interrupt, VEC_PF, 0);
}

static void
int_n_asks_the_gate_for_permission(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	guest_gate(&g, 0x80, 0xe, 0, 0, SEL_CODE0, HANDLER);
	guest_faults(&g, "cd 80", VEC_GP, 0x80 * 8 + 2);
	guest_gate(&g, 0x80, 0xe, 3, 0, SEL_CODE0, HANDLER);
	assert_int_equal(guest_step(&g, "cd 80"), EMUL_JUMPED);
	assert_frame(
		STACK0 - 40, 8, 3, (uint64_t[]){ CODE + 2, SEL_CODE3, 0x202 });
	guest_ring(&g, 3);
	guest_gate(&g, VEC_BP, 0xe, 0, 0, SEL_CODE0, HANDLER);
	guest_faults(&g, "cc", VEC_GP, VEC_BP * 8 + 2);
	guest_gate(&g, VEC_DB, 0xe, 0, 0, SEL_CODE0, HANDLER);
	assert_int_equal(guest_step(&g, "f1"), EMUL_JUMPED); /* int1 may */
}

/* A frame for IRET at RSP. */
static void
frame(unsigned size, unsigned n, const uint64_t *value)
{
	for (unsigned i = 0; i < n; i++)
		guest_put(&g, g.regs.gpr[GPR_RSP] + i * size, value[i], size);
}

static void
iret_undoes_an_interrupt_from_ring_3(void **state)
{
	struct vcpu_regs regs;
	struct vcpu_state before;

	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	g.regs.rflags |= RFLAGS_DF | RFLAGS_CF;
	guest_gate(&g, 0x20, 0xe, 0, 0, SEL_CODE0, HANDLER);
	regs = g.regs;
	before = g.state;
	assert_int_equal(emul_deliver(&g.emul, &interrupt), EMUL_JUMPED);
	assert_int_equal(guest_step(&g, "48 cf"), EMUL_JUMPED);
	assert_memory_equal(&regs, &g.regs, sizeof(regs));
	assert_memory_equal(&before, &g.state, sizeof(before));
}

static void
iret_leaves_no_inner_data_segment(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.state.seg[SEG_DS].attr = 0xc93; /* of ring 0 */
	g.state.seg[SEG_ES].attr = 0xcf3; /* of ring 3 */
	g.state.seg[SEG_FS] = (struct vseg){ .base = 0x1234 };
	frame(8, 5, (uint64_t[]){ CODE, SEL_CODE3, 0x202, STACK3, SEL_DATA3 });
	assert_int_equal(guest_step(&g, "48 cf"), EMUL_JUMPED);
	assert_int_equal(g.state.seg[SEG_DS].sel, 0);
	assert_false(g.state.seg[SEG_DS].attr & VSEG_PRESENT);
	assert_true(g.state.seg[SEG_ES].attr & VSEG_PRESENT);
	assert_int_equal(g.state.seg[SEG_FS].base, 0x1234);
	assert_int_equal(g.state.cpl, 3);
}

static void
iret_goes_to_compatibility_mode(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_descriptor(&g, SEL_CODE3, descriptor(0, 0xfffff, 0xcfb));
	frame(8, 5, (uint64_t[]){ CODE, SEL_CODE3, 0x202, STACK3, SEL_DATA3 });
	assert_int_equal(guest_step(&g, "48 cf"), EMUL_JUMPED);
	assert_int_equal(segment_code_size(&g.state), 32);
	assert_int_equal(g.regs.gpr[GPR_RSP], STACK3);
}

static void
iret_believes_nothing(void **state)
{
	static const struct {
		uint64_t frame[5];
		uint8_t vector;
		uint32_t error;
	} bad[] = {
		{ { CODE, 0, 2, STACK3, SEL_DATA3 }, VEC_GP, 0 },
		{ { CODE, SEL_END, 2, 0, 0 }, VEC_GP, SEL_END },
		{ { CODE, SEL_DATA0, 2, 0, 0 }, VEC_GP, SEL_DATA0 },
		{ { CODE, SEL_CODE3 & ~3, 2, 0, 0 }, VEC_GP, SEL_CODE3 & ~3 },
		{ { CODE, SEL_CODE0 | 3, 2, 0, 0 }, VEC_GP, SEL_CODE0 },
		{ { CODE, SEL_CODE3, 2, 0, 0 }, VEC_GP, 0 },
		{ { CODE, SEL_CODE3, 2, 0, SEL_DATA0 }, VEC_GP, SEL_DATA0 },
		{ { CODE, SEL_CODE3, 2, 0, SEL_CODE3 }, VEC_GP,
			SEL_CODE3 & ~3 },
		{ { CODE, SEL_CODE3, 2, 0, SEL_END }, VEC_GP, SEL_END },
		{ { 0x800000000000, SEL_CODE0, 2, 0, SEL_DATA0 }, VEC_GP, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		guest_start(&g, 64);
		frame(8, 5, bad[i].frame);
		guest_faults(&g, "48 cf", bad[i].vector, bad[i].error);
	}
	guest_start(&g, 64);
	g.regs.rflags |= RFLAGS_NT;
	guest_faults(&g, "48 cf", VEC_GP, 0);
}

static void
iret_in_ring_3_cannot_raise_itself(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	frame(8, 5, (uint64_t[]){ CODE, SEL_CODE0, 0x3002, STACK0, SEL_DATA0 });
	guest_faults(&g, "48 cf", VEC_GP, SEL_CODE0);
	frame(8, 5,
		(uint64_t[]){ HANDLER, SEL_CODE3, 0x3002, STACK3, SEL_DATA3 });
	assert_int_equal(guest_step(&g, "48 cf"), EMUL_JUMPED);
	assert_int_equal(g.regs.rflags, 0x202); /* neither IOPL nor IF */
}

static void
iret_of_protected_mode_pops_a_stack_only_outwards(void **state)
{
	(void)state;
	guest_start(&g, 32);
	frame(4, 3, (uint64_t[]){ HANDLER, SEL_CODE0, 0x3202 });
	assert_int_equal(guest_step(&g, "cf"), EMUL_JUMPED);
	assert_int_equal(g.regs.gpr[GPR_RSP], STACK0 - 64 + 12);
	assert_int_equal(g.regs.rflags, 0x3202);
	frame(4, 5,
		(uint64_t[]){ HANDLER, SEL_CODE3, 0x202, STACK3, SEL_DATA3 });
	assert_int_equal(guest_step(&g, "cf"), EMUL_JUMPED);
	assert_int_equal(g.regs.gpr[GPR_RSP], STACK3);
	assert_int_equal(g.state.seg[SEG_SS].sel, SEL_DATA3);
}

static void
a_far_return_releases_its_parameters_on_both_stacks(void **state)
{
	(void)state;
	guest_start(&g, 32);
	frame(4, 2, (uint64_t[]){ HANDLER, SEL_CODE3 });
	g.regs.gpr[GPR_RSP] += 8 + 8;
	frame(4, 2, (uint64_t[]){ STACK3 - 32, SEL_DATA3 });
	g.regs.gpr[GPR_RSP] -= 8 + 8;
	assert_int_equal(guest_step(&g, "ca 08 00"), EMUL_JUMPED);
	assert_int_equal(g.regs.gpr[GPR_RSP], STACK3 - 32 + 8);
	assert_int_equal(g.state.cpl, 3);
}

static void
a_far_jump_enters_64_bit_code(void **state)
{
	(void)state;
	guest_start(&g, 64); /* in compatibility mode first */
	g.state.seg[SEG_CS].attr = 0xc9b;
	assert_int_equal(guest_step(&g, "ea 00 c0 00 00 08 00"), EMUL_JUMPED);
	assert_int_equal(segment_code_size(&g.state), 64);
	assert_int_equal(g.regs.rip, HANDLER);
	assert_int_equal(g.emul.changed & VCPU_CODE, VCPU_CODE);
}

static void
far_jumps_are_judged(void **state)
{
	(void)state;
	guest_start(&g, 32);
	guest_faults(&g, "ea 00 c0 00 00 00 00", VEC_GP, 0);
	guest_faults(&g, "ea 00 c0 00 00 10 00", VEC_GP, SEL_DATA0);
	guest_faults(&g, "ea 00 c0 00 00 1b 00", VEC_GP, SEL_CODE3 & ~3);
	guest_faults(&g, "ea 00 c0 00 00 70 00", VEC_GP, SEL_END);
	guest_ring(&g, 3);
	guest_faults(&g, "ea 00 c0 00 00 08 00", VEC_GP, SEL_CODE0);
	assert_int_equal(guest_step(&g, "ea 00 c0 00 00 48 00"), EMUL_JUMPED);
	assert_int_equal(g.state.cpl, 3); /* conforming code keeps it */
	assert_int_equal(g.state.seg[SEG_CS].sel, SEL_CONF | 3);
}

static void
a_far_call_pushes_the_way_back(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = DATA;
	guest_put(&g, DATA, HANDLER, 8);
	guest_put(&g, DATA + 8, SEL_CODE0, 2);
	assert_int_equal(guest_step(&g, "48 ff 18"), EMUL_JUMPED);
	assert_int_equal(g.regs.rip, HANDLER);
	assert_frame(
		STACK0 - 64 - 16, 8, 2, (uint64_t[]){ CODE + 3, SEL_CODE0 });
	assert_int_equal(guest_step(&g, "48 cb"), EMUL_JUMPED);
	assert_int_equal(g.regs.rip, CODE + 3);
	assert_int_equal(g.regs.gpr[GPR_RSP], STACK0 - 64);
}

/* A call gate with n parameters, of type 0xc. */
static void
call_gate(uint8_t dpl, unsigned n, uint16_t sel, uint64_t offset)
{
	guest_put(&g, GDT + SEL_GATE,
		(offset & 0xffff) | (uint64_t)sel << 16 | (uint64_t)n << 32 |
			(uint64_t)(0x8c | dpl << 5) << 40 |
			(offset & 0xffff0000) << 32,
		8);
	guest_put(&g, GDT + SEL_GATE + 8, 0, 8);
}

static void
a_call_gate_raises_privilege_and_copies_parameters(void **state)
{
	(void)state;
	guest_start(&g, 32);
	guest_ring(&g, 3);
	call_gate(0, 2, SEL_CODE0, HANDLER);
	guest_faults(&g, "9a 00 00 00 00 5b 00", VEC_GP, SEL_GATE);
	call_gate(3, 2, SEL_CODE0, HANDLER);
	frame(4, 2, (uint64_t[]){ 0x11, 0x22 });
	assert_int_equal(guest_step(&g, "9a 00 00 00 00 5b 00"), EMUL_JUMPED);
	assert_int_equal(g.state.cpl, 0);
	assert_int_equal(g.regs.rip, HANDLER);
	assert_frame(STACK0 - 24, 4, 6,
		(uint64_t[]){ CODE + 7, SEL_CODE3, 0x11, 0x22, STACK3 - 64,
			SEL_DATA3 });
	guest_ring(&g, 3);
	g.regs.rip = CODE;
	guest_faults(&g, "ea 00 00 00 00 5b 00", VEC_GP, SEL_CODE0);
}

static void
a_call_gate_of_long_mode_has_no_parameters(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	call_gate(3, 5, SEL_CODE0, HANDLER);
	g.regs.gpr[GPR_RAX] = DATA;
	guest_put(&g, DATA + 4, SEL_GATE, 2);
	assert_int_equal(guest_step(&g, "ff 18"), EMUL_JUMPED);
	assert_int_equal(g.state.seg[SEG_SS].sel, 0);
	assert_frame(STACK0 - 32, 8, 4,
		(uint64_t[]){ CODE + 2, SEL_CODE3, STACK3 - 64, SEL_DATA3 });
	guest_put(&g, GDT + SEL_GATE + 8, 1ull << 40, 8);
	guest_ring(&g, 3);
	guest_faults(&g, "ff 18", VEC_GP, SEL_GATE);
}

static void
a_task_gate_is_a_task_switch(void **state)
{
	(void)state;
	guest_start(&g, 32);
	guest_descriptor(&g, SEL_GATE, 0x0000850000280000);
	assert_int_equal(guest_step(&g, "9a 00 00 00 00 58 00"), EMUL_EXIT);
	assert_int_equal(g.emul.exit.reason, VMEXIT_TASK);
	guest_put(&g, IDT + 0x20 * 8, 0x0000850000280000, 8);
	assert_int_equal(emul_deliver(&g.emul, &interrupt), EMUL_EXIT);
	assert_int_equal(g.emul.exit.reason, VMEXIT_TASK);
}

static void
syscall_and_sysret_are_inverse(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	g.state.star = 0x0010000800000000; /* user base 0x10, kernel 8 */
	g.state.lstar = HANDLER;
	g.state.sfmask = RFLAGS_IF;
	assert_int_equal(guest_step(&g, "0f 05"), EMUL_JUMPED);
	assert_int_equal(g.regs.rip, HANDLER);
	assert_int_equal(g.regs.gpr[GPR_RCX], CODE + 2);
	assert_int_equal(g.regs.gpr[GPR_R11], 0x202);
	assert_int_equal(g.regs.rflags, 2);
	assert_int_equal(g.state.cpl, 0);
	assert_int_equal(g.state.seg[SEG_CS].sel, 8);
	assert_int_equal(g.state.seg[SEG_SS].sel, 0x10);
	assert_int_equal(guest_step(&g, "48 0f 07"), EMUL_JUMPED);
	assert_int_equal(g.regs.rip, CODE + 2);
	assert_int_equal(g.regs.rflags, 0x202);
	assert_int_equal(g.state.cpl, 3);
	assert_int_equal(g.state.seg[SEG_CS].sel, 0x23);
	assert_int_equal(g.state.seg[SEG_SS].sel, 0x1b);
	assert_int_equal(segment_code_size(&g.state), 64);
}

static void
sysret_to_no_address_faults_in_the_kernel(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RCX] = 0x800000000000;
	guest_faults(&g, "48 0f 07", VEC_GP, 0);
	g.state.efer &= ~EFER_SCE;
	guest_faults(&g, "48 0f 07", VEC_UD, 0);
	guest_faults(&g, "0f 05", VEC_UD, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_exception_pushes_the_whole_frame_in_long_mode),
		cmocka_unit_test(
			an_interrupt_from_ring_3_switches_to_the_tss_stack),
		cmocka_unit_test(an_interrupt_stack_is_taken_at_any_privilege),
		cmocka_unit_test(protected_mode_pushes_what_it_must),
		cmocka_unit_test(each_step_of_a_delivery_can_fault),
		cmocka_unit_test(int_n_asks_the_gate_for_permission),
		cmocka_unit_test(iret_undoes_an_interrupt_from_ring_3),
		cmocka_unit_test(iret_leaves_no_inner_data_segment),
		cmocka_unit_test(iret_goes_to_compatibility_mode),
		cmocka_unit_test(iret_believes_nothing),
		cmocka_unit_test(iret_in_ring_3_cannot_raise_itself),
		cmocka_unit_test(
			iret_of_protected_mode_pops_a_stack_only_outwards),
		cmocka_unit_test(
			a_far_return_releases_its_parameters_on_both_stacks),
		cmocka_unit_test(a_far_jump_enters_64_bit_code),
		cmocka_unit_test(far_jumps_are_judged),
		cmocka_unit_test(a_far_call_pushes_the_way_back),
		cmocka_unit_test(
			a_call_gate_raises_privilege_and_copies_parameters),
		cmocka_unit_test(a_call_gate_of_long_mode_has_no_parameters),
		cmocka_unit_test(a_task_gate_is_a_task_switch),
		cmocka_unit_test(syscall_and_sysret_are_inverse),
		cmocka_unit_test(sysret_to_no_address_faults_in_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
