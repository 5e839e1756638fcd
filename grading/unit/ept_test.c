/* SPDX-License-Identifier: MIT */
/*
 * Extended page tables (SDM 3C, 28.2): entries, the pointer to them,
 * violations and misconfigurations.
 */
/* links: vmm/mmu/nested.c vmm/mmu/ept/ept_format.c vmm/mmu/pagetable.c
 * vmm/mmu/pagewalk.c vmm/mmu/pagefmt.c vmm/gmem.c vmm/gmem_copy.c
 * vmm/mmu/pagefmt_text.c kernel/lib/append.c grading/unit/fake_kernel.c */
#include "vmm/mmu/ept/ept.h"

#include "grading/unit/fake_kernel.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpu/vmx/vmx_caps.h"
#include "vmm/vm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MIB    (1ull << 20)
#define GIB    (1ull << 30)
#define CAPS   0xf0106334141ull /* those of a Haswell */
#define RWX    (EPTE_READ | EPTE_WRITE | EPTE_EXEC)
#define WB     (6ull << 3)
#define ROM_AT 0xfffe0000ull

static const struct pagefmt_cpu host = {
	.phys_bits = 52, .nx = true, .gib_pages = true
};
static const struct mmu_engine ops = { .name = "ept" };

static struct vm vm;
static struct vcpu vcpu;
static struct nested *nested;
static struct vmexit violation;
static char stopped[VM_REASON_MAX];

struct cpuid
cpuid_query(uint32_t leaf, uint32_t subleaf)
{
	assert_int_equal(subleaf, 0);
	return (struct cpuid){
		.eax = leaf == 0x80000008 ? 0x3027 : 0,
		.edx = leaf == 0x80000001 ? 1u << 26 : 0,
	};
}

enum verdict
vcpu_stop(struct vcpu *v, const char *fmt, ...)
{
	va_list ap;

	assert_ptr_equal(v, &vcpu);
	va_start(ap, fmt);
	vsnprintf(stopped, sizeof(stopped), fmt, ap);
	va_end(ap);
	return VERDICT_STOP;
}

static int
setup(void **state)
{
	const struct pagefmt_cpu cpu = ept_cpu(host, CAPS);

	(void)state;
	fake_reset();
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	gmem_init(&vm.gmem);
	assert_int_equal(gmem_add(&vm.gmem, 0, 8 * MIB, GMEM_RAM), 0);
	assert_int_equal(
		gmem_add(&vm.gmem, 16 * MIB + 4096, 2 * MIB, GMEM_RAM), 0);
	assert_int_equal(gmem_add(&vm.gmem, ROM_AT, 0x20000, GMEM_ROM), 0);
	vm.vcpu[0] = &vcpu;
	vm.n_vcpus = 1;
	vm.mmu = nested_init(
		&vm, &ops, &ept_format, &cpu, ept_pointer_bits(CAPS));
	nested = to_nested(vm.mmu);
	stopped[0] = '\0';
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	nested_fini(vm.mmu);
	gmem_fini(&vm.gmem);
	assert_int_equal(fake_frames_used, 0);
	return 0;
}

static enum mmu_outcome
fault(uint64_t gpa, uint32_t access)
{
	uint32_t error = 0;

	violation.reason = VMEXIT_FAULT;
	violation.fault.gpa = gpa;
	violation.fault.access = access;
	return nested_fault(vm.mmu, &vcpu, &violation, &error);
}

static void
ept_pointer_says_write_back_and_four_levels(void **state)
{
	uint64_t root = nested_root(vm.mmu, &vcpu);

	(void)state;
	assert_int_equal(root & EPTP_BITS, 0x5e);
	assert_int_equal(root & ~EPTP_BITS, nested->table.root);
	assert_int_equal(ept_pointer_bits(CAPS & ~EPT_VPID_AD), 0x1e);
}

static void
ept_host_cpu_is_what_cpuid_says(void **state)
{
	struct pagefmt_cpu cpu = nested_host_cpu();

	(void)state;
	assert_int_equal(cpu.phys_bits, 0x27);
	assert_true(cpu.gib_pages);
	assert_false(cpu.exec_only);
	cpu = ept_cpu(cpu, EPT_VPID_EXEC_ONLY);
	assert_int_equal(cpu.phys_bits, 0x27);
	assert_false(cpu.gib_pages); /* it is EPT's that count */
	assert_true(cpu.exec_only);
}

static void
ept_entry_of(uint64_t size, bool writable, unsigned level, uint64_t bits)
{
	const struct gmem_page page = { 40 * GIB, size, writable };
	unsigned found;

	assert_int_equal(nested_entry(&ept_format, &nested->cpu, &page, &found),
		40 * GIB | bits);
	assert_int_equal(found, level);
}

static void
ept_entries_of_each_size(void **state)
{
	(void)state;
	ept_entry_of(4096, true, 1, RWX | WB | EPTE_IGNORE_PAT);
	ept_entry_of(
		4096, false, 1, EPTE_READ | EPTE_EXEC | WB | EPTE_IGNORE_PAT);
	ept_entry_of(2 * MIB, true, 2, RWX | WB | EPTE_IGNORE_PAT);
	ept_entry_of(GIB, true, 3, RWX | WB | EPTE_IGNORE_PAT);
	nested->cpu.gib_pages = false;
	ept_entry_of(GIB, true, 0, RWX | WB | EPTE_IGNORE_PAT);
}

static void
expect_mapped(uint64_t gpa, unsigned level, uint64_t bits)
{
	struct gmem_page page;
	unsigned found;

	assert_int_equal(gmem_page(&vm.gmem, gpa, false, &page), 0);
	assert_int_equal(
		pagetable_lookup(&nested->table, gpa, &found), page.hpa | bits);
	assert_int_equal(found, level);
}

static void
ept_violation_maps_what_gmem_has(void **state)
{
	const uint64_t page = RWX | WB | EPTE_IGNORE_PAT;

	(void)state;
	assert_int_equal(fault(5 * MIB, ACCESS_WRITE), MMU_FIXED);
	expect_mapped(5 * MIB, 2, page | EPTE_LEAF);
	assert_int_equal(fault(16 * MIB + 4096, ACCESS_EXEC), MMU_FIXED);
	expect_mapped(16 * MIB + 4096, 1, page);
	assert_int_equal(fault(ROM_AT, 0), MMU_FIXED);
	expect_mapped(ROM_AT, 1, page & ~EPTE_WRITE);
	assert_int_equal(vcpu.dirty, 0); /* nothing to flush */
	assert_int_equal(fault(ROM_AT, ACCESS_WRITE), MMU_MMIO);
	assert_int_equal(fault(100 * MIB, 0), MMU_MMIO);
	assert_string_equal(stopped, "");
}

/* Smaller pages were there before: what the CPU knows of them must go. */
static void
ept_page_of_a_gib_takes_over_with_a_flush(void **state)
{
	uint64_t chunks[512];
	struct gmem_slot *slot;
	unsigned level;

	(void)state;
	assert_int_equal(gmem_add(&vm.gmem, GIB, GIB, GMEM_RAM), 0);
	assert_int_equal(fault(GIB + 4 * MIB, ACCESS_WRITE), MMU_FIXED);
	expect_mapped(GIB + 4 * MIB, 2, RWX | WB | EPTE_IGNORE_PAT | EPTE_LEAF);
	slot = &vm.gmem.slot[0];
	assert_int_equal(slot->gpa, GIB);
	memcpy(chunks, slot->chunks, sizeof(chunks));
	for (unsigned i = 0; i < 512; i++)
		slot->chunks[i] = 5 * GIB + i * 2 * MIB;
	assert_int_equal(vcpu.dirty, 0);
	assert_int_equal(fault(GIB + 700 * MIB, ACCESS_WRITE), MMU_FIXED);
	assert_int_equal(
		pagetable_lookup(&nested->table, GIB + 4 * MIB, &level),
		5 * GIB | RWX | WB | EPTE_IGNORE_PAT | EPTE_LEAF);
	assert_int_equal(level, 3);
	assert_int_equal(vcpu.dirty, VCPU_FLUSH_NESTED);
	memcpy(slot->chunks, chunks, sizeof(chunks));
}

static void
ept_unmap_wants_a_flush(void **state)
{
	unsigned level;

	(void)state;
	assert_int_equal(fault(5 * MIB, ACCESS_WRITE), MMU_FIXED);
	nested_unmap(vm.mmu, 4 * MIB, 4096);
	assert_int_equal(pagetable_lookup(&nested->table, 5 * MIB, &level), 0);
	assert_int_equal(vcpu.dirty, VCPU_FLUSH_NESTED);
}

static void
ept_without_memory_says_so(void **state)
{
	(void)state;
	fake_allocations_left = 1;
	assert_int_equal(fault(5 * MIB, ACCESS_WRITE), MMU_NO_MEMORY);
	fake_allocations_left = 100;
}

/* What the manual says of an entry, said another way than in pagefmt.c. */
static bool
well_formed(unsigned level, uint64_t entry, unsigned phys_bits, bool gib,
	bool exec_only)
{
	bool r = entry & 1, w = entry & 2, x = entry & 4, ps = entry & 0x80;
	unsigned type = entry >> 3 & 7;
	bool leaf = level == 1 || (ps && level < 4);

	if ((w && !r) || (x && !r && !exec_only))
		return false;
	if ((entry & 0xfffffffffffffull) >> phys_bits)
		return false;
	if (!leaf)
		return (entry & 0x78) == 0 && !(ps && level == 4);
	if (type == 2 || type == 3 || type == 7)
		return false;
	if (level == 2)
		return (entry & 0x1ff000) == 0;
	return level == 1 || (gib && (entry & 0x3ffff000) == 0);
}

static void
check_entry(unsigned level, uint64_t entry)
{
	for (unsigned i = 0; i < 4; i++) {
		const struct pagefmt_cpu cpu = {
			.phys_bits = 40, .gib_pages = i & 1, .exec_only = i & 2
		};
		bool fine = pagefmt_check(&pagefmt_ept, &cpu, level, entry) ==
			PAGEFMT_FINE;
		char why[64];

		if (fine != well_formed(level, entry, 40, i & 1, i & 2))
			fail_msg("level %u, entry %llx", level,
				(unsigned long long)entry);
		pagefmt_explain(
			&pagefmt_ept, &cpu, level, entry, why, sizeof(why));
		assert_int_equal(why[0] == '\0', fine);
	}
}

static void
ept_entries_are_judged_as_the_manual_says(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 4; level++)
		for (unsigned low = 1; low < 0x1000; low++) {
			if (!(low & RWX))
				continue;
			check_entry(level, low);
			for (unsigned bit = 12; bit < 64; bit++)
				check_entry(level, low | 1ull << bit);
		}
}

/* Break the entry on the way to 5 MiB and look what is said of it. */
static void
expect_misconfiguration(
	unsigned level, uint64_t set, uint64_t clear, const char *what)
{
	uint64_t table = nested->table.root, *entry = NULL, old, addr;
	char expected[VM_REASON_MAX];

	assert_int_equal(fault(5 * MIB, ACCESS_WRITE), MMU_FIXED);
	for (unsigned l = 4; l >= level; l--) {
		entry = (uint64_t *)phys_to_virt(table & PAGEFMT_ADDR) +
			pagefmt_offset(&pagefmt_ept, l, 5 * MIB) / 8;
		table = *entry;
	}
	addr = virt_to_phys(entry);
	old = *entry;
	*entry = (old | set) & ~clear;
	assert_int_equal(fault(5 * MIB + 0x123, ACCESS_PRESENT | ACCESS_RSVD),
		MMU_STOPPED);
	snprintf(expected, sizeof(expected),
		"EPT misconfiguration: level %u entry %llx at %llx, on the way "
		"to guest-physical 500123: %s (SDM 3C, 28.2.3.1)",
		level, (unsigned long long)*entry, (unsigned long long)addr,
		what);
	*entry = old;
	assert_string_equal(stopped, expected);
}

static void
ept_misconfiguration_names_the_entry(void **state)
{
	(void)state;
	expect_misconfiguration(2, 0, EPTE_READ, "writable but not readable");
	expect_misconfiguration(3, 0, EPTE_READ, "writable but not readable");
	expect_misconfiguration(2, 7 << 3, 0, "memory type 7 does not exist");
	expect_misconfiguration(2, 0x3000, 0, "reserved bits 0x3000 are set");
	expect_misconfiguration(4, 0x88, 0, "reserved bits 0x88 are set");
	nested->cpu.exec_only = false;
	expect_misconfiguration(
		2, 0, EPTE_READ | EPTE_WRITE, "executable but not readable");
}

static void
ept_misconfiguration_that_is_gone_says_so(void **state)
{
	(void)state;
	assert_int_equal(fault(5 * MIB, ACCESS_WRITE), MMU_FIXED);
	assert_int_equal(fault(5 * MIB, ACCESS_RSVD), MMU_STOPPED);
	assert_non_null(strstr(stopped, "nothing is wrong with it any more"));
}

#define ept_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ept_test(ept_pointer_says_write_back_and_four_levels),
		ept_test(ept_host_cpu_is_what_cpuid_says),
		ept_test(ept_entries_of_each_size),
		ept_test(ept_violation_maps_what_gmem_has),
		ept_test(ept_page_of_a_gib_takes_over_with_a_flush),
		ept_test(ept_unmap_wants_a_flush),
		ept_test(ept_without_memory_says_so),
		ept_test(ept_entries_are_judged_as_the_manual_says),
		ept_test(ept_misconfiguration_names_the_entry),
		ept_test(ept_misconfiguration_that_is_gone_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
