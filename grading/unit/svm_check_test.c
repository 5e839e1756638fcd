/* SPDX-License-Identifier: MIT */
/* A VMCB that VMRUN refuses: the rule that is broken is named. */
/* links: vmm/cpu/svm/svm_check.c kernel/lib/printf.c */
#include "vmm/cpu/svm/svm.h"

#include "vmm/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct vmcb vmcb;

/* 64-bit code under nested paging: nothing is wrong with it. */
static int
setup(void **state)
{
	(void)state;
	memset(&vmcb, 0, sizeof(vmcb));
	vmcb.intercept[INTERCEPT_MISC2] = 1;
	vmcb.asid = 1;
	vmcb.nested_ctl = NESTED_ENABLE;
	vmcb.n_cr3 = 0x1000;
	vmcb.efer = EFER_SVME | EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
	vmcb.cr0 = CR0_PE | CR0_PG | CR0_WP | CR0_ET;
	vmcb.cr4 = CR4_PAE;
	vmcb.cr3 = 0x2000;
	vmcb.dr6 = DR6_FIXED;
	vmcb.dr7 = DR7_FIXED;
	vmcb.cs.attr = VSEG_CODE64;
	return 0;
}

static void
expect(const char *line)
{
	const struct svm_limits cpu = {
		.asid_count = 16,
		.phys_bits = 40,
		.cr4 = 0x7ff,
		.efer = EFER_SVME | EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE,
	};
	struct svm_broken broken;
	char buf[200];

	svm_check(&vmcb, &cpu, &broken);
	svm_check_say(&broken, buf, sizeof(buf));
	assert_string_equal(buf, line);
}

#define REFUSED "VMRUN refused the VMCB: "

static void
svm_check_finds_nothing_wrong(void **state)
{
	(void)state;
	expect("VMRUN refused the VMCB, and no rule of APM 2, 15.5.1 that "
	       "this VMM knows is broken");
}

static void
svm_check_of_efer(void **state)
{
	(void)state;
	vmcb.efer &= ~EFER_SVME;
	expect(REFUSED "efer = 0xd01: SVME must be set (15.5.1)");
	vmcb.efer = EFER_SVME | 0x200;
	expect(REFUSED "efer = 0x1200: bits are set that this CPU has not "
		       "(15.5.1)");
}

static void
svm_check_of_control_registers(void **state)
{
	(void)state;
	vmcb.cr0 = CR0_NW;
	expect(REFUSED "cr0 = 0x20000000: NW is set and CD is not (15.5.1)");
	vmcb.cr0 = 1ull << 32;
	expect(REFUSED "cr0 = 0x100000000: bits 63:32 must be 0 (15.5.1)");
	setup(state);
	vmcb.cr3 = 1ull << 60;
	expect(REFUSED
		"cr3 = 0x1000000000000000: reserved bits are set (15.5.1)");
	setup(state);
	vmcb.cr4 |= 1ull << 40;
	expect(REFUSED "cr4 = 0x10000000020: bits are set that this CPU has "
		       "not (15.5.1)");
}

static void
svm_check_of_debug_registers(void **state)
{
	(void)state;
	vmcb.dr6 = 1ull << 32;
	expect(REFUSED "dr6 = 0x100000000: bits 63:32 must be 0 (15.5.1)");
	setup(state);
	vmcb.dr7 = 1ull << 32;
	expect(REFUSED "dr7 = 0x100000000: bits 63:32 must be 0 (15.5.1)");
}

static void
svm_check_of_long_mode(void **state)
{
	(void)state;
	vmcb.cr4 = 0;
	expect(REFUSED
		"cr4 = 0x0: EFER.LME and CR0.PG are set, PAE is not (15.5.1)");
	setup(state);
	vmcb.cr0 &= ~CR0_PE;
	expect(REFUSED "cr0 = 0x80010010: EFER.LME and PG are set, PE is not "
		       "(15.5.1)");
	setup(state);
	vmcb.cs.attr |= VSEG_DB;
	expect(REFUSED "cs.attr = 0xe9b: L and D are both set in long mode "
		       "(15.5.1)");
}

static void
svm_check_of_controls(void **state)
{
	(void)state;
	vmcb.asid = 0;
	expect(REFUSED "asid = 0x0: 0 is the host's (15.5.1)");
	vmcb.asid = 16;
	expect(REFUSED
		"asid = 0x10: must be below CPUID 8000000A.EBX (15.5.1)");
	setup(state);
	vmcb.intercept[INTERCEPT_MISC2] = 2;
	expect(REFUSED "intercept[MISC2] = 0x2: the VMRUN intercept must be "
		       "set (15.5.1)");
	setup(state);
	vmcb.n_cr3 = 1ull << 52;
	expect(REFUSED
		"n_cr3 = 0x10000000000000: reserved bits are set (15.25.4)");
}

static void
svm_check_of_maps_only_if_they_are_used(void **state)
{
	(void)state;
	vmcb.msrpm_pa = 1ull << 52;
	svm_check_finds_nothing_wrong(state);
	vmcb.intercept[INTERCEPT_MISC1] = 1u << 28;
	expect(REFUSED "msrpm_pa = 0x10000000000000: lies beyond physical "
		       "memory (15.5.1)");
	vmcb.msrpm_pa = (1ull << 40) - 8192;
	svm_check_finds_nothing_wrong(state);
	vmcb.msrpm_pa = (1ull << 40) - 4096; /* its end does */
	expect(REFUSED "msrpm_pa = 0xfffffff000: lies beyond physical "
		       "memory (15.5.1)");
	vmcb.intercept[INTERCEPT_MISC1] = 1u << 27;
	vmcb.iopm_pa = (1ull << 40) - 12288;
	svm_check_finds_nothing_wrong(state);
	vmcb.iopm_pa += 4096;
	expect(REFUSED "iopm_pa = 0xffffffe000: lies beyond physical "
		       "memory (15.5.1)");
}

static void
svm_check_of_pat_under_nested_paging(void **state)
{
	(void)state;
	vmcb.pat = PAT_RESET | 2ull << 56;
	expect(REFUSED "pat = 0x207040600070406: a byte is no memory type "
		       "(15.25.4)");
	vmcb.pat = 8;
	expect(REFUSED "pat = 0x8: a byte is no memory type (15.25.4)");
	vmcb.nested_ctl = 0;
	svm_check_finds_nothing_wrong(state);
}

static void
svm_check_of_events(void **state)
{
	(void)state;
	vmcb.event_inj = EVENT_INJ_VALID | EVENT_INJ_TYPE_EXCP | VEC_NMI;
	expect(REFUSED "event_inj = 0x80000302: an exception with a vector "
		       "that is none (15.20)");
	vmcb.event_inj = EVENT_INJ_VALID | EVENT_INJ_TYPE_EXCP | VEC_BR;
	expect(REFUSED "event_inj = 0x80000305: an exception that 64-bit mode "
		       "has not (15.20)");
	vmcb.cs.attr = VSEG_CODE32;
	svm_check_finds_nothing_wrong(state);
	setup(state);
	vmcb.event_inj = EVENT_INJ_VALID | 0x100;
	expect(REFUSED "event_inj = 0x80000100: a reserved type (15.20)");
	vmcb.event_inj &= ~EVENT_INJ_VALID;
	svm_check_finds_nothing_wrong(state);
}

#define check_test(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		check_test(svm_check_finds_nothing_wrong),
		check_test(svm_check_of_efer),
		check_test(svm_check_of_control_registers),
		check_test(svm_check_of_debug_registers),
		check_test(svm_check_of_long_mode),
		check_test(svm_check_of_controls),
		check_test(svm_check_of_maps_only_if_they_are_used),
		check_test(svm_check_of_pat_under_nested_paging),
		check_test(svm_check_of_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
