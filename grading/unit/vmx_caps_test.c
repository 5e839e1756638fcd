/* SPDX-License-Identifier: MIT */
/* Controls out of capability MSRs, and CPUs that lack something. */
/* links: vmm/cpu/vmx/vmx_caps.c kernel/lib/printf.c */
#include "vmm/cpu/vmx/vmx_caps.h"

#include "vmm/cpu/vmx/vmcs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MAY(bits) ((uint64_t)(bits) << 32)

static struct vmx_msrs msr;
static struct vmx_caps caps;
static char why[100];

/* A CPU that allows everything and demands one bit of each word. */
static int
setup(void **state)
{
	(void)state;
	msr = (struct vmx_msrs){
		.feature_control = FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX,
		.ept_vpid = EPT_VPID_WALK_4 | EPT_VPID_WB | EPT_VPID_2M |
			EPT_VPID_INVEPT | EPT_VPID_INVEPT_ONE |
			EPT_VPID_INVVPID | EPT_VPID_INVVPID_ONE |
			EPT_VPID_INVVPID_ALL,
	};
	for (unsigned i = 0; i < VMX_WORDS; i++)
		msr.word[i] = MAY(~0u) | 1u << 20;
	return 0;
}

static void
forbid(enum vmx_word word, uint32_t bit)
{
	msr.word[word] &= ~MAY(bit);
}

static void
vmx_caps_of_a_good_cpu(void **state)
{
	(void)state;
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_null(vmx_caps_nested(&caps));
	assert_true(caps.vpid);
	assert_true(caps.pat);
	for (unsigned i = 0; i < VMX_WORDS; i++) {
		assert_true(caps.shadow[i] & 1u << 20);
		assert_true(caps.nested[i] & 1u << 20);
	}
	assert_int_equal(caps.nested[WORD_PIN],
		1u << 20 | PIN_EXTERNAL_INTERRUPT | PIN_NMI |
			PIN_PREEMPTION_TIMER);
}

static void
vmx_caps_differ_by_the_mmu(void **state)
{
	uint32_t nested = PROC2_EPT | PROC2_UNRESTRICTED;
	uint32_t shadow = PROC_CR3_LOAD | PROC_CR3_STORE | PROC_INVLPG;

	(void)state;
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_int_equal(caps.nested[WORD_PROC2] & nested, nested);
	assert_int_equal(caps.shadow[WORD_PROC2] & nested, 0);
	assert_int_equal(caps.nested[WORD_PROC] & shadow, 0);
	assert_int_equal(caps.shadow[WORD_PROC] & shadow, shadow);
}

static void
vmx_caps_of_what_comes_and_goes(void **state)
{
	(void)state;
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_false(caps.nested[WORD_PROC] & PROC_INTERRUPT_WINDOW);
	assert_false(caps.nested[WORD_ENTRY] & ENTRY_GUEST_64);
	forbid(WORD_PROC, PROC_INTERRUPT_WINDOW);
	assert_false(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_string_equal(
		why, "this CPU's VMX has no 'interrupt-window exiting'");
}

static void
vmx_caps_name_what_is_missing(void **state)
{
	(void)state;
	forbid(WORD_PROC, PROC_HLT);
	assert_false(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_string_equal(why, "this CPU's VMX has no 'HLT exiting'");
	setup(state);
	forbid(WORD_ENTRY, ENTRY_LOAD_EFER);
	assert_false(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_string_equal(
		why, "this CPU's VMX has no 'entry: load IA32_EFER'");
}

static void
vmx_caps_of_firmware(void **state)
{
	(void)state;
	msr.feature_control = FEATURE_CONTROL_LOCK;
	assert_false(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_string_equal(why,
		"the firmware has locked VMX off (IA32_FEATURE_CONTROL = "
		"0x1)");
	msr.feature_control = 0; /* ours to set */
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
}

static void
vmx_caps_without_nested_paging(void **state)
{
	(void)state;
	forbid(WORD_PROC2, PROC2_UNRESTRICTED);
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_string_equal(vmx_caps_nested(&caps),
		"this CPU has no unrestricted guest (VMX_PROC2[39])");
	forbid(WORD_PROC2, PROC2_EPT);
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_string_equal(
		vmx_caps_nested(&caps), "this CPU has no EPT (VMX_PROC2[33])");
}

static void
vmx_caps_of_ept_that_lacks_something(void **state)
{
	static const struct {
		uint64_t bit;
		const char *why;
	} rows[] = {
		{ EPT_VPID_WALK_4, "no 4-level walk (EPT_VPID[6])" },
		{ EPT_VPID_WB, "cannot lie in write-back memory" },
		{ EPT_VPID_2M, "no 2 MiB pages (EPT_VPID[16])" },
		{ EPT_VPID_INVEPT, "no INVEPT of one EPT pointer" },
		{ EPT_VPID_INVEPT_ONE, "no INVEPT of one EPT pointer" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup(state);
		msr.ept_vpid &= ~rows[i].bit;
		assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
		assert_non_null(strstr(vmx_caps_nested(&caps), rows[i].why));
	}
}

static void
vmx_caps_without_what_is_only_wanted(void **state)
{
	(void)state;
	msr.ept_vpid &= ~EPT_VPID_INVVPID_ONE;
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_false(caps.vpid);
	assert_false(caps.nested[WORD_PROC2] & PROC2_VPID);
	setup(state);
	forbid(WORD_EXIT, EXIT_LOAD_PAT);
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_false(caps.pat);
	assert_false(caps.nested[WORD_ENTRY] & ENTRY_LOAD_PAT);
	setup(state);
	msr.word[WORD_PROC2] = 0; /* none of them */
	forbid(WORD_PROC, PROC_SECONDARY);
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_false(caps.shadow[WORD_PROC] & PROC_SECONDARY);
}

/* Bits 4:0 of VMX_MISC: which bit of the TSC the timer follows. */
static void
vmx_caps_of_the_preemption_timer(void **state)
{
	(void)state;
	msr.misc = 5;
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_int_equal(vmx_caps_timer(&caps, 64 << 5), 64);
	assert_int_equal(vmx_caps_timer(&caps, ~0ull), UINT32_MAX);
	assert_true(caps.shadow[WORD_PIN] & PIN_PREEMPTION_TIMER);
	forbid(WORD_PIN, PIN_PREEMPTION_TIMER);
	assert_true(vmx_caps_init(&caps, &msr, why, sizeof(why)));
	assert_false(caps.shadow[WORD_PIN] & PIN_PREEMPTION_TIMER);
	assert_false(caps.nested[WORD_PIN] & PIN_PREEMPTION_TIMER);
}

#define caps_test(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		caps_test(vmx_caps_of_a_good_cpu),
		caps_test(vmx_caps_differ_by_the_mmu),
		caps_test(vmx_caps_of_what_comes_and_goes),
		caps_test(vmx_caps_name_what_is_missing),
		caps_test(vmx_caps_of_firmware),
		caps_test(vmx_caps_without_nested_paging),
		caps_test(vmx_caps_of_ept_that_lacks_something),
		caps_test(vmx_caps_without_what_is_only_wanted),
		caps_test(vmx_caps_of_the_preemption_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
