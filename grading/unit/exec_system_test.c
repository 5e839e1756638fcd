/* SPDX-License-Identifier: MIT */
/*
 * System instructions in the emulator: who may, what they do, and which exit
 * they become.
 *
 * Over 400 lines because each system instruction has its rights and its exit.
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

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

struct forbidden {
	const char *text;
	uint8_t vector; /* in ring 3 */
};

/* Each instruction that only ring 0 may execute. */
static const struct forbidden forbidden[] = {
	{ "f4", VEC_GP },	   /* hlt */
	{ "fa", VEC_GP },	   /* cli */
	{ "fb", VEC_GP },	   /* sti */
	{ "0f 01 10", VEC_GP },	   /* lgdt (%rax) */
	{ "0f 01 18", VEC_GP },	   /* lidt */
	{ "0f 00 d0", VEC_GP },	   /* lldt */
	{ "0f 00 d8", VEC_GP },	   /* ltr */
	{ "0f 01 f0", VEC_GP },	   /* lmsw */
	{ "0f 06", VEC_GP },	   /* clts */
	{ "0f 20 c0", VEC_GP },	   /* mov %cr0,%rax */
	{ "0f 22 d8", VEC_GP },	   /* mov %rax,%cr3 */
	{ "44 0f 22 c0", VEC_GP }, /* mov %rax,%cr8 */
	{ "0f 21 c0", VEC_GP },	   /* mov %dr0,%rax */
	{ "0f 23 f8", VEC_GP },	   /* mov %rax,%dr7 */
	{ "0f 32", VEC_GP },	   /* rdmsr */
	{ "0f 30", VEC_GP },	   /* wrmsr */
	{ "0f 33", VEC_GP },	   /* rdpmc, CR4.PCE clear */
	{ "0f 01 38", VEC_GP },	   /* invlpg */
	{ "0f 08", VEC_GP },	   /* invd */
	{ "0f 09", VEC_GP },	   /* wbinvd */
	{ "0f 01 f8", VEC_GP },	   /* swapgs */
	{ "48 0f 07", VEC_GP },	   /* sysret */
	{ "0f 01 d1", VEC_UD },	   /* xsetbv, CR4.OSXSAVE clear */
	{ "0f 01 c8", VEC_UD },	   /* monitor */
	{ "0f 01 c9", VEC_UD },	   /* mwait */
	{ "0f 01 cb", VEC_UD },	   /* stac */
	{ "0f 34", VEC_UD },	   /* sysenter */
	{ "0f aa", VEC_UD },	   /* rsm */
	{ "f3 0f ae c0", VEC_UD }, /* rdfsbase, CR4 bit clear */
	{ "e4 60", VEC_GP },	   /* in */
	{ "ee", VEC_GP },	   /* out */
	{ "6c", VEC_GP },	   /* ins */
	{ "f3 6e", VEC_GP },	   /* rep outs */
	{ "cd 21", VEC_GP },	   /* int: the gate is not there */
};

static void
ring_3_is_refused_each_privileged_instruction(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(forbidden); i++) {
		bool gate = forbidden[i].text[0] == 'c';

		guest_start(&g, 64);
		guest_ring(&g, 3);
		g.regs.gpr[GPR_RAX] = DATA;
		guest_faults(&g, forbidden[i].text, forbidden[i].vector,
			gate ? 0x21 * 8 + 2 : 0);
	}
}

static void
umip_hides_the_tables_from_ring_3(void **state)
{
	static const char *const text[] = { "0f 01 00", "0f 01 08", "0f 00 c0",
		"0f 00 c8", "0f 01 e0" };

	(void)state;
	for (size_t i = 0; i < LEN(text); i++) {
		guest_start(&g, 64);
		guest_ring(&g, 3);
		g.regs.gpr[GPR_RAX] = DATA;
		assert_int_equal(guest_step(&g, text[i]), EMUL_NEXT);
		g.state.cr4 |= CR4_UMIP;
		guest_faults(&g, text[i], VEC_GP, 0);
		guest_ring(&g, 0);
		assert_int_equal(guest_step(&g, text[i]), EMUL_NEXT);
	}
}

static void
iopl_lets_ring_3_use_cli_and_ports(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	g.regs.rflags |= RFLAGS_IOPL;
	assert_int_equal(guest_step(&g, "fa"), EMUL_NEXT);
	assert_false(g.regs.rflags & RFLAGS_IF);
	assert_int_equal(guest_step(&g, "ee"), EMUL_EXIT);
	assert_int_equal(guest_step(&g, "fb"), EMUL_NEXT);
	assert_true(g.regs.rflags & RFLAGS_IF);
}

static void
the_tss_permits_single_ports(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	guest_put(&g, TSS + 0x66, 0x80, 2);
	memset(g.memory + TSS + 0x80, 0xff, 0x180);
	guest_put(&g, TSS + 0x80 + 0x3f8 / 8, 0xfffe, 2);
	g.regs.gpr[GPR_RDX] = 0x3f8;
	assert_int_equal(guest_step(&g, "ec"), EMUL_EXIT);
	assert_int_equal(g.implicit, 2);
	guest_faults(&g, "66 ed", VEC_GP, 0); /* two ports, one is closed */
	/* 1023 ports lie within the limit, the next does not */
	memset(g.memory + TSS + 0x80, 0, 0x180);
	g.regs.gpr[GPR_RDX] = (0x1ff - 0x80) * 8 - 1;
	assert_int_equal(guest_step(&g, "ec"), EMUL_EXIT);
	g.regs.gpr[GPR_RDX]++;
	guest_faults(&g, "ec", VEC_GP, 0);
}

static void
sti_holds_interrupts_off_for_one_instruction(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.rflags &= ~RFLAGS_IF;
	assert_int_equal(guest_step(&g, "fb"), EMUL_NEXT);
	assert_true(g.emul.shadow);
	assert_int_equal(guest_step(&g, "fb"), EMUL_NEXT);
	assert_false(g.emul.shadow);
}

static void
popf_changes_what_its_privilege_allows(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	guest_put(&g, g.regs.gpr[GPR_RSP], 0x3001, 8); /* IOPL, CF, no IF */
	assert_int_equal(guest_step(&g, "9d"), EMUL_NEXT);
	assert_int_equal(g.regs.rflags, 0x203);
	guest_start(&g, 64);
	guest_put(&g, g.regs.gpr[GPR_RSP], 0x3001, 8);
	assert_int_equal(guest_step(&g, "9d"), EMUL_NEXT);
	assert_int_equal(g.regs.rflags, 0x3003);
}

static void
lgdt_and_sgdt_are_inverse(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = DATA;
	guest_put(&g, DATA, 0x1234, 2);
	guest_put(&g, DATA + 2, 0xffff800000001000, 8);
	assert_int_equal(guest_step(&g, "0f 01 10"), EMUL_NEXT);
	assert_int_equal(g.emul.changed, VCPU_TABLES);
	assert_int_equal(g.state.gdtr.limit, 0x1234);
	assert_int_equal(g.state.gdtr.base, 0xffff800000001000);
	assert_int_equal(guest_step(&g, "0f 01 40 20"), EMUL_NEXT);
	assert_memory_equal(g.memory + DATA, g.memory + DATA + 0x20, 10);
	guest_put(&g, DATA + 2, 0x800000000000, 8);
	guest_faults(&g, "0f 01 10", VEC_GP, 0);
	guest_faults(&g, "0f 01 18", VEC_GP, 0);
}

static void
ltr_takes_an_available_tss_and_marks_it_busy(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.state.tr = (struct vseg){ 0 };
	g.regs.gpr[GPR_RAX] = SEL_TSS;
	assert_int_equal(guest_step(&g, "0f 00 d8"), EMUL_NEXT);
	assert_int_equal(g.state.tr.base, TSS);
	assert_int_equal(g.state.tr.limit, 0x1ff);
	assert_int_equal(g.state.tr.attr, 0x08b);
	guest_faults(&g, "0f 00 d8", VEC_GP, SEL_TSS); /* it is busy now */
	g.regs.gpr[GPR_RAX] = 0;
	guest_faults(&g, "0f 00 d8", VEC_GP, 0);
	g.regs.gpr[GPR_RAX] = SEL_DATA0;
	guest_faults(&g, "0f 00 d8", VEC_GP, SEL_DATA0);
	g.regs.gpr[GPR_RAX] = SEL_END;
	guest_faults(&g, "0f 00 d8", VEC_GP, SEL_END);
}

static void
lldt_takes_null_and_ldts_of_the_gdt(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = SEL_LDT;
	assert_int_equal(guest_step(&g, "0f 00 d0"), EMUL_NEXT);
	assert_int_equal(g.state.ldtr.base, LDT);
	g.regs.gpr[GPR_RAX] = SEL_LDT | 4;
	guest_faults(&g, "0f 00 d0", VEC_GP, SEL_LDT | 4);
	g.regs.gpr[GPR_RAX] = SEL_TSS;
	guest_faults(&g, "0f 00 d0", VEC_GP, SEL_TSS);
	g.regs.gpr[GPR_RAX] = 0;
	assert_int_equal(guest_step(&g, "0f 00 d0"), EMUL_NEXT);
	assert_int_equal(g.state.ldtr.attr, 0);
}

static void
segment_loads_are_judged(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = SEL_DATA3;
	assert_int_equal(guest_step(&g, "8e d8"), EMUL_NEXT); /* mov %eax,%ds */
	assert_int_equal(g.emul.changed, VCPU_SEGS);
	assert_int_equal(g.state.seg[SEG_DS].attr, 0xcf3);
	guest_faults(&g, "8e d0", VEC_GP, SEL_DATA3 & ~3); /* %ss: RPL */
	g.regs.gpr[GPR_RAX] = SEL_ABSENT;
	guest_faults(&g, "8e d8", VEC_NP, SEL_ABSENT);
	guest_descriptor(&g, SEL_ABSENT, descriptor(0, 0xfffff, 0xc13));
	guest_faults(&g, "8e d0", VEC_SS, SEL_ABSENT);
	g.regs.gpr[GPR_RAX] = SEL_TSS;
	guest_faults(&g, "8e d8", VEC_GP, SEL_TSS);
	g.regs.gpr[GPR_RAX] = SEL_END;
	guest_faults(&g, "8e d8", VEC_GP, SEL_END);
	g.regs.gpr[GPR_RAX] = 0;
	assert_int_equal(guest_step(&g, "8e d0"), EMUL_NEXT); /* null SS */
	assert_true(g.emul.shadow);
	guest_ring(&g, 3);
	g.regs.gpr[GPR_RAX] = SEL_DATA0;
	guest_faults(&g, "8e d8", VEC_GP, SEL_DATA0);
	g.regs.gpr[GPR_RAX] = 3;
	guest_faults(&g, "8e d0", VEC_GP, 0);
}

static void
a_segment_load_marks_the_descriptor_accessed(void **state)
{
	(void)state;
	guest_start(&g, 32);
	guest_descriptor(&g, SEL_DATA0, descriptor(0x100, 0xffff, 0x092));
	g.regs.gpr[GPR_RAX] = SEL_DATA0;
	assert_int_equal(guest_step(&g, "8e c0"), EMUL_NEXT);
	assert_int_equal(guest_get(&g, GDT + SEL_DATA0 + 5, 1), 0x93);
	assert_int_equal(g.state.seg[SEG_ES].base, 0x100);
	assert_int_equal(g.state.seg[SEG_ES].limit, 0xffff);
	g.read_only = 1ull << (GDT >> 12);
	assert_int_equal(guest_step(&g, "8e c0"), EMUL_NEXT);
}

static void
lss_loads_both_or_nothing(void **state)
{
	(void)state;
	guest_start(&g, 32);
	g.regs.gpr[GPR_RAX] = DATA;
	guest_put(&g, DATA, 0x5000, 4);
	guest_put(&g, DATA + 4, SEL_DATA3, 2);
	guest_faults(&g, "0f b2 20", VEC_GP, SEL_DATA3 & ~3);
	guest_put(&g, DATA + 4, SEL_DATA0, 2);
	assert_int_equal(guest_step(&g, "0f b2 20"), EMUL_NEXT);
	assert_int_equal(g.regs.gpr[GPR_RSP], 0x5000);
	assert_true(g.emul.shadow);
}

static void
lar_and_lsl_answer_by_privilege(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RAX] = SEL_DATA0;
	assert_int_equal(guest_step(&g, "0f 02 c8"), EMUL_NEXT);
	assert_true(g.regs.rflags & RFLAGS_ZF);
	assert_int_equal(g.regs.gpr[GPR_RCX] & 0xf0ff00, 0xc09300);
	assert_int_equal(guest_step(&g, "0f 03 c8"), EMUL_NEXT);
	assert_int_equal(g.regs.gpr[GPR_RCX], 0xffffffff);
	guest_ring(&g, 3);
	assert_int_equal(guest_step(&g, "0f 02 c8"), EMUL_NEXT);
	assert_false(g.regs.rflags & RFLAGS_ZF);
	assert_int_equal(guest_step(&g, "0f 00 e0"), EMUL_NEXT); /* verr */
	assert_false(g.regs.rflags & RFLAGS_ZF);
	g.regs.gpr[GPR_RAX] = SEL_DATA3;
	assert_int_equal(guest_step(&g, "0f 00 e8"), EMUL_NEXT); /* verw */
	assert_true(g.regs.rflags & RFLAGS_ZF);
	g.regs.gpr[GPR_RAX] = SEL_CODE3;
	assert_int_equal(guest_step(&g, "0f 00 e8"), EMUL_NEXT);
	assert_false(g.regs.rflags & RFLAGS_ZF);
	g.regs.gpr[GPR_RAX] = SEL_END;
	assert_int_equal(guest_step(&g, "0f 02 c8"), EMUL_NEXT);
	assert_false(g.regs.rflags & RFLAGS_ZF);
}

static void
swapgs_exchanges_the_bases(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.state.seg[SEG_GS].base = 1;
	g.state.kernel_gs_base = 2;
	assert_int_equal(guest_step(&g, "0f 01 f8"), EMUL_NEXT);
	assert_int_equal(g.state.seg[SEG_GS].base, 2);
	assert_int_equal(g.state.kernel_gs_base, 1);
	assert_int_equal(g.emul.changed, VCPU_SEGS | VCPU_MSRS);
}

static void
invlpg_names_the_linear_address(void **state)
{
	(void)state;
	guest_start(&g, 64);
	g.state.seg[SEG_GS].base = 0x100000;
	g.regs.gpr[GPR_RAX] = 0x2345;
	assert_int_equal(guest_step(&g, "65 0f 01 38"), EMUL_NEXT);
	assert_int_equal(g.invalidated, 0x102345);
	g.regs.gpr[GPR_RAX] = 0x800000000000;
	assert_int_equal(guest_step(&g, "0f 01 38"), EMUL_NEXT);
	assert_int_equal(g.invalidated, 0x102345);
}

static const struct vmexit *
exit_of(const char *text)
{
	assert_int_equal(guest_step(&g, text), EMUL_EXIT);
	return &g.emul.exit;
}

static void
simple_exits_have_their_reason_and_length(void **state)
{
	(void)state;
	guest_start(&g, 64);
	assert_int_equal(exit_of("0f a2")->reason, VMEXIT_CPUID);
	assert_int_equal(g.emul.exit.insn_len, 2);
	assert_int_equal(exit_of("f4")->reason, VMEXIT_HLT);
	assert_int_equal(exit_of("0f 01 d9")->reason, VMEXIT_HYPERCALL);
	assert_int_equal(exit_of("0f 01 c1")->reason, VMEXIT_HYPERCALL);
	assert_int_equal(exit_of("0f 30")->reason, VMEXIT_MSR);
	assert_true(g.emul.exit.msr.write);
	assert_false(exit_of("0f 32")->msr.write);
	assert_int_equal(exit_of("0f 31")->reason, VMEXIT_INSN);
	assert_int_equal(g.emul.exit.insn.op, INSN_RDTSC);
	assert_int_equal(exit_of("0f 09")->insn.op, INSN_WBINVD);
	assert_int_equal(exit_of("0f 01 d8")->insn.op, INSN_VMRUN);
}

static void
register_exits_name_both_registers(void **state)
{
	const struct vmexit *x;

	(void)state;
	guest_start(&g, 64);
	x = exit_of("41 0f 22 d9"); /* mov %r9,%cr3 */
	assert_int_equal(x->reason, VMEXIT_CR);
	assert_int_equal(x->cr.cr, 3);
	assert_int_equal(x->cr.gpr, 9);
	assert_int_equal(x->cr.kind, CR_WRITE);
	assert_int_equal(exit_of("0f 20 c2")->cr.kind, CR_READ);
	assert_int_equal(g.emul.exit.cr.gpr, GPR_RDX);
	assert_int_equal(exit_of("0f 06")->cr.kind, CR_CLTS);
	g.regs.gpr[GPR_RAX] = DATA;
	guest_put(&g, DATA, 0xabcd, 2);
	x = exit_of("0f 01 30"); /* lmsw (%rax) */
	assert_int_equal(x->cr.kind, CR_LMSW);
	assert_int_equal(x->cr.value, 0xabcd);
	x = exit_of("0f 23 fb"); /* mov %rbx,%dr7 */
	assert_int_equal(x->reason, VMEXIT_DR);
	assert_int_equal(x->dr.dr, 7);
	assert_int_equal(x->dr.gpr, GPR_RBX);
	assert_true(x->dr.write);
	g.state.cr4 |= CR4_DE;
	guest_faults(&g, "0f 21 e0", VEC_UD, 0); /* mov %dr4,%rax */
}

static void
port_exits_say_all_of_the_access(void **state)
{
	const struct vmexit *x;

	(void)state;
	guest_start(&g, 64);
	g.regs.gpr[GPR_RDX] = 0x103f8;
	x = exit_of("66 ef"); /* out %ax,(%dx) */
	assert_int_equal(x->reason, VMEXIT_IO);
	assert_int_equal(x->io.port, 0x3f8);
	assert_int_equal(x->io.size, 2);
	assert_true(x->io.write);
	assert_false(x->io.string);
	x = exit_of("e5 70"); /* in bashx70,%eax */
	assert_int_equal(x->io.port, 0x70);
	assert_int_equal(x->io.size, 4);
	assert_false(x->io.write);
	x = exit_of("f3 67 64 6f"); /* rep outsl %fs:(%esi),(%dx) */
	assert_true(x->io.write && x->io.string && x->io.rep);
	assert_int_equal(x->io.adsize, 4);
	assert_int_equal(x->io.seg, INSN_FS);
	x = exit_of("6c"); /* insb */
	assert_true(!x->io.write && x->io.string && !x->io.rep);
	assert_int_equal(x->io.seg, INSN_ES);
}

static void
rdtsc_asks_cr4(void **state)
{
	(void)state;
	guest_start(&g, 64);
	guest_ring(&g, 3);
	assert_int_equal(guest_step(&g, "0f 31"), EMUL_EXIT);
	g.state.cr4 |= CR4_TSD;
	guest_faults(&g, "0f 31", VEC_GP, 0);
	guest_ring(&g, 0);
	assert_int_equal(guest_step(&g, "0f 31"), EMUL_EXIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_3_is_refused_each_privileged_instruction),
		cmocka_unit_test(umip_hides_the_tables_from_ring_3),
		cmocka_unit_test(iopl_lets_ring_3_use_cli_and_ports),
		cmocka_unit_test(the_tss_permits_single_ports),
		cmocka_unit_test(sti_holds_interrupts_off_for_one_instruction),
		cmocka_unit_test(popf_changes_what_its_privilege_allows),
		cmocka_unit_test(lgdt_and_sgdt_are_inverse),
		cmocka_unit_test(ltr_takes_an_available_tss_and_marks_it_busy),
		cmocka_unit_test(lldt_takes_null_and_ldts_of_the_gdt),
		cmocka_unit_test(segment_loads_are_judged),
		cmocka_unit_test(a_segment_load_marks_the_descriptor_accessed),
		cmocka_unit_test(lss_loads_both_or_nothing),
		cmocka_unit_test(lar_and_lsl_answer_by_privilege),
		cmocka_unit_test(swapgs_exchanges_the_bases),
		cmocka_unit_test(invlpg_names_the_linear_address),
		cmocka_unit_test(simple_exits_have_their_reason_and_length),
		cmocka_unit_test(register_exits_name_both_registers),
		cmocka_unit_test(port_exits_say_all_of_the_access),
		cmocka_unit_test(rdtsc_asks_cr4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
