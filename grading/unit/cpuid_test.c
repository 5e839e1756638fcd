/* SPDX-License-Identifier: MIT */
/* What CPUID tells a guest, on a host CPU that has every bit set. */
/* links: vmm/cpuid.c */
#include "vmm/cpuid.h"

#include "kernel/abi/vm.h"
#include "vmm/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct cpuid_policy policy;
static uint32_t basic_max, ext_max, bits;

/* A CPU that answers `bits` everywhere, up to its highest leaves. */
static struct cpuid
fake_query(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid answer = { bits, bits, bits, bits };

	assert_int_equal(subleaf, 0);
	if (leaf == 0)
		answer.eax = basic_max;
	else if (leaf == 0x80000000)
		answer.eax = ext_max;
	else
		assert_in_range(leaf & 0x7fffffff, 0,
			(leaf >> 31 ? ext_max : basic_max) & 0x7fffffff);
	if (leaf == 0x80000008)
		answer.eax = 0xffff3028;
	return answer;
}

static int
setup(void **state)
{
	(void)state;
	basic_max = 0x20;
	ext_max = 0x8000001f;
	bits = 0xffffffff;
	cpuid_policy_init(&policy, fake_query, 3, "svm+npt", 2500000);
	return 0;
}

static void
expect_zeros(uint32_t leaf, uint32_t subleaf)
{
	const struct cpuid zeros = { 0, 0, 0, 0 };

	assert_memory_equal(cpuid_policy_get(&policy, leaf, subleaf), &zeros,
		sizeof(zeros));
}

static void
cpuid_hides_what_a_guest_has_not(void **state)
{
	const struct cpuid *one = cpuid_policy_get(&policy, 1, 0);
	const struct cpuid *seven = cpuid_policy_get(&policy, 7, 0);
	const struct cpuid *ext = cpuid_policy_get(&policy, 0x80000001, 0);

	(void)state;
	assert_int_equal(one->ecx & 1u << 3, 0);    /* MONITOR */
	assert_int_equal(one->ecx & 1u << 5, 0);    /* VMX */
	assert_int_equal(one->ecx & 1u << 17, 0);   /* PCID */
	assert_int_equal(one->ecx & 1u << 21, 0);   /* x2APIC */
	assert_int_equal(one->ecx & 7u << 26, 0);   /* XSAVE, OSXSAVE, AVX */
	assert_int_equal(one->edx & 1u << 9, 0);    /* APIC */
	assert_int_equal(one->edx & 1u << 12, 0);   /* MTRR */
	assert_int_equal(seven->ebx & 1u << 5, 0);  /* AVX2 */
	assert_int_equal(seven->ebx & 1u << 10, 0); /* INVPCID */
	assert_int_equal(seven->edx, 0);
	assert_int_equal(ext->ecx & 1u << 2, 0);  /* SVM */
	assert_int_equal(ext->edx & 1u << 27, 0); /* RDTSCP */
}

static void
cpuid_shows_what_a_guest_has(void **state)
{
	const struct cpuid *one = cpuid_policy_get(&policy, 1, 0);
	const struct cpuid *ext = cpuid_policy_get(&policy, 0x80000001, 0);

	(void)state;
	assert_int_not_equal(one->ecx & 1u << 31, 0); /* a hypervisor */
	assert_int_not_equal(one->edx & 1u << 25, 0); /* SSE */
	assert_int_equal(one->ebx >> 16, 1);	      /* one CPU, number 0 */
	assert_int_not_equal(ext->edx & 1u << 29, 0); /* long mode */
	assert_int_not_equal(ext->edx & 1u << 20, 0); /* NX */
}

static void
cpuid_names_the_vmm(void **state)
{
	const struct cpuid *base = cpuid_policy_get(&policy, VM_CPUID_BASE, 0);
	const struct cpuid *via = cpuid_policy_get(&policy, VM_CPUID_VIA, 0);

	(void)state;
	assert_int_equal(base->eax, VM_CPUID_MAX);
	assert_memory_equal(&base->ebx, "Dros", 4);
	assert_memory_equal(&base->ecx, "teDr", 4);
	assert_memory_equal(&base->edx, "oste", 4);
	assert_int_equal(cpuid_policy_get(&policy, VM_CPUID_LEVEL, 0)->eax, 3);
	assert_string_equal((const char *)via, "svm+npt");
	assert_int_equal(
		cpuid_policy_get(&policy, VM_CPUID_TSC, 0)->eax, 2500000);
}

static void
cpuid_has_nothing_beyond_its_leaves(void **state)
{
	(void)state;
	assert_int_equal(cpuid_policy_get(&policy, 0, 0)->eax, 7);
	assert_int_equal(
		cpuid_policy_get(&policy, 0x80000000, 0)->eax, 0x80000008);
	expect_zeros(8, 0);
	expect_zeros(0x8000000a, 0);
	expect_zeros(0x80000010, 0);
	expect_zeros(0x40000004, 0);
	expect_zeros(0x40000010, 0);
	expect_zeros(0xc0000000, 0);
	expect_zeros(0xffffffff, 0);
	expect_zeros(0x3fffffff, 0);
}

static void
cpuid_has_no_subleaf_but_the_first_of_7(void **state)
{
	(void)state;
	expect_zeros(7, 1);
	expect_zeros(7, 0xffffffff);
	assert_int_not_equal(cpuid_policy_get(&policy, 7, 0)->ebx, 0);
}

static void
cpuid_of_an_old_cpu_asks_for_no_leaf_it_has_not(void **state)
{
	(void)state;
	basic_max = 1;
	ext_max = 0x80000001;
	cpuid_policy_init(&policy, fake_query, 1, "svm+npt", 1);
	expect_zeros(7, 0);
	assert_int_equal(policy.phys_bits, 36);
}

static void
cpuid_decides_on_control_registers(void **state)
{
	(void)state;
	assert_true(policy.cr4 & CR4_SMEP);
	assert_true(policy.cr4 & CR4_PAE);
	assert_false(policy.cr4 & CR4_OSXSAVE);
	assert_false(policy.cr4 & CR4_PCIDE);
	assert_int_equal(policy.efer, EFER_SCE | EFER_LME | EFER_NXE);
	assert_int_equal(policy.phys_bits, 40);
	assert_true(policy.gib_pages);
	bits = 0;
	cpuid_policy_init(&policy, fake_query, 1, "svm+npt", 1);
	assert_int_equal(policy.cr4, 0);
	assert_int_equal(policy.efer, 0);
	assert_false(policy.gib_pages);
}

static void
cpuid_cuts_a_long_name(void **state)
{
	(void)state;
	cpuid_policy_init(
		&policy, fake_query, 1, "a-long-engine+a-long-mmu", 1);
	assert_memory_equal(cpuid_policy_get(&policy, VM_CPUID_VIA, 0),
		"a-long-engine+a-", 16);
}

#define cpuid_test(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cpuid_test(cpuid_hides_what_a_guest_has_not),
		cpuid_test(cpuid_shows_what_a_guest_has),
		cpuid_test(cpuid_names_the_vmm),
		cpuid_test(cpuid_has_nothing_beyond_its_leaves),
		cpuid_test(cpuid_has_no_subleaf_but_the_first_of_7),
		cpuid_test(cpuid_of_an_old_cpu_asks_for_no_leaf_it_has_not),
		cpuid_test(cpuid_decides_on_control_registers),
		cpuid_test(cpuid_cuts_a_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
