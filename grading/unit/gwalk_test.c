/* SPDX-License-Identifier: MIT */
/*
 * The software walk of guest page tables: translations, rights and error
 * codes of each paging mode (APM 2, chapter 5; SDM 3A, chapter 4).
 *
 * Over 400 lines because each page-table format and right has its case.
 */
/* links: vmm/gwalk.c vmm/gmem.c vmm/gmem_copy.c vmm/mmu/pagewalk.c
 * vmm/mmu/pagefmt.c grading/unit/fake_kernel.c */
#include "vmm/gwalk.h"

#include "grading/unit/fake_kernel.h"
#include "kernel/abi/errno.h"
#include "vmm/gmem.h"
#include "vmm/mmu/pagefmt.h"
#include "vmm/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB   (1ull << 20)
#define P     PAGEFMT_PRESENT
#define W     PAGEFMT_WRITE
#define U     PAGEFMT_USER
#define NX    PAGEFMT_NX
#define LEAF  PAGEFMT_LEAF
#define ALL   (P | W | U)
#define ROOT  0x10000ull /* tables lie one page after another from here */
#define PDPT  0x11000ull
#define PD    0x12000ull
#define PT    0x13000ull
#define FRAME 0x345000ull /* where leaves point */
#define GVA   0xffff812345678abcull

static struct gmem gmem;
static struct gwalk_mode mode;
static struct gwalk walk;

static void
put64(uint64_t gpa, uint64_t value)
{
	assert_int_equal(gmem_write(&gmem, gpa, &value, sizeof(value)), 0);
}

static void
put32(uint64_t gpa, uint32_t value)
{
	assert_int_equal(gmem_write(&gmem, gpa, &value, sizeof(value)), 0);
}

static uint64_t
get64(uint64_t gpa)
{
	uint64_t value;

	assert_int_equal(gmem_read(&gmem, gpa, &value, sizeof(value)), 0);
	return value;
}

/* The address of the entry for GVA in the 4-level table of a level. */
static uint64_t
entry_at(unsigned level)
{
	static const uint64_t table[5] = { 0, PT, PD, PDPT, ROOT };

	return table[level] + (GVA >> (12 + 9 * (level - 1)) & 511) * 8;
}

/* A 4-level mapping of GVA to FRAME, with these bits in each entry. */
static void
map4(uint64_t bits4, uint64_t bits3, uint64_t bits2, uint64_t bits1)
{
	put64(entry_at(4), PDPT | bits4);
	put64(entry_at(3), PD | bits3);
	put64(entry_at(2), PT | bits2);
	put64(entry_at(1), FRAME | bits1);
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	gmem_init(&gmem);
	assert_int_equal(gmem_add_pc_ram(&gmem, 16 * MIB), 0);
	mode = (struct gwalk_mode){
		.cr0 = CR0_PE | CR0_PG | CR0_WP,
		.cr3 = ROOT,
		.cr4 = CR4_PAE,
		.efer = EFER_LME | EFER_LMA | EFER_NXE,
		.gib_pages = true,
		.phys_bits = 40,
	};
	map4(ALL, ALL, ALL, ALL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	gmem_fini(&gmem);
	assert_int_equal(fake_frames_used, 0);
	return 0;
}

static void
expect_gpa(uint32_t access, uint64_t gpa)
{
	assert_int_equal(gwalk(&gmem, &mode, GVA, access, &walk), 0);
	assert_int_equal(walk.gpa, gpa);
}

static void
expect_fault(uint32_t access, uint32_t error)
{
	assert_int_equal(gwalk(&gmem, &mode, GVA, access, &walk), -EFAULT);
	assert_int_equal(walk.error, error);
}

static void
gwalk_without_paging_is_identity(void **state)
{
	(void)state;
	mode.cr0 = CR0_PE;
	expect_gpa(0, 0x45678abc);
	assert_null(walk.path.fmt);
}

static void
gwalk_translates_4k(void **state)
{
	(void)state;
	expect_gpa(0, FRAME | 0xabc);
	assert_int_equal(walk.path.page_size, 4096);
	assert_int_equal(walk.path.steps, 4);
	assert_int_equal(walk.path.step[3].addr, entry_at(1));
}

static void
gwalk_translates_2m(void **state)
{
	(void)state;
	put64(entry_at(2), 0xa00000 | ALL | LEAF);
	expect_gpa(0, 0xa00000 | (GVA & 0x1fffff));
	assert_int_equal(walk.path.page_size, 2 * MIB);
}

static void
gwalk_translates_1g(void **state)
{
	(void)state;
	put64(entry_at(3), 0x40000000 | ALL | LEAF);
	expect_gpa(0, 0x40000000 | (GVA & 0x3fffffff));
}

static void
gwalk_refuses_a_gib_page_that_the_cpu_has_not(void **state)
{
	(void)state;
	mode.gib_pages = false;
	put64(entry_at(3), 0x40000000 | ALL | LEAF);
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
}

static void
gwalk_faults_at_each_missing_level(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 4; level++) {
		map4(ALL, ALL, ALL, ALL);
		put64(entry_at(level), 0);
		expect_fault(0, 0);
		assert_int_equal(walk.path.steps, 5 - level);
		expect_fault(
			ACCESS_WRITE | ACCESS_USER, ACCESS_WRITE | ACCESS_USER);
	}
}

static void
gwalk_ignores_other_bits_of_absent_entries(void **state)
{
	(void)state;
	put64(entry_at(2), ~(uint64_t)P);
	expect_fault(0, 0);
}

static void
gwalk_denies_writes_at_each_level(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 4; level++) {
		map4(ALL, ALL, ALL, ALL);
		put64(entry_at(level), get64(entry_at(level)) & ~W);
		expect_gpa(ACCESS_USER, FRAME | 0xabc);
		expect_fault(ACCESS_WRITE, ACCESS_PRESENT | ACCESS_WRITE);
		expect_fault(ACCESS_WRITE | ACCESS_USER,
			ACCESS_PRESENT | ACCESS_WRITE | ACCESS_USER);
	}
}

static void
gwalk_without_wp_lets_the_supervisor_write(void **state)
{
	(void)state;
	mode.cr0 &= ~CR0_WP;
	put64(entry_at(1), FRAME | P | U);
	expect_gpa(ACCESS_WRITE, FRAME | 0xabc);
	expect_fault(ACCESS_WRITE | ACCESS_USER,
		ACCESS_PRESENT | ACCESS_WRITE | ACCESS_USER);
}

static void
gwalk_denies_users_at_each_level(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 4; level++) {
		map4(ALL, ALL, ALL, ALL);
		put64(entry_at(level), get64(entry_at(level)) & ~U);
		expect_gpa(0, FRAME | 0xabc);
		expect_fault(ACCESS_USER, ACCESS_PRESENT | ACCESS_USER);
	}
}

static void
gwalk_takes_implicit_accesses_as_supervisor(void **state)
{
	(void)state;
	map4(P | W, P | W, P | W, P | W);
	expect_gpa(ACCESS_USER | GWALK_IMPLICIT, FRAME | 0xabc);
}

static void
gwalk_denies_execution_at_each_level(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 4; level++) {
		map4(ALL, ALL, ALL, ALL);
		put64(entry_at(level), get64(entry_at(level)) | NX);
		expect_gpa(0, FRAME | 0xabc);
		expect_fault(ACCESS_EXEC, ACCESS_PRESENT | ACCESS_EXEC);
	}
}

static void
gwalk_without_nxe_has_nx_reserved(void **state)
{
	(void)state;
	mode.efer &= ~EFER_NXE;
	put64(entry_at(1), FRAME | ALL | NX);
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
}

static void
gwalk_without_nx_and_smep_hides_the_fetch_bit(void **state)
{
	(void)state;
	mode.efer &= ~EFER_NXE;
	put64(entry_at(1), 0);
	expect_fault(ACCESS_EXEC, 0);
	mode.cr4 |= CR4_SMEP;
	expect_fault(ACCESS_EXEC, ACCESS_EXEC);
}

static void
gwalk_with_smep_keeps_the_kernel_from_user_code(void **state)
{
	(void)state;
	mode.cr4 |= CR4_SMEP;
	expect_fault(ACCESS_EXEC, ACCESS_PRESENT | ACCESS_EXEC);
	expect_gpa(ACCESS_EXEC | ACCESS_USER, FRAME | 0xabc);
	put64(entry_at(2), PT | P | W);
	expect_gpa(ACCESS_EXEC, FRAME | 0xabc);
}

static void
gwalk_with_smap_keeps_the_kernel_from_user_data(void **state)
{
	(void)state;
	mode.cr4 |= CR4_SMAP;
	expect_fault(0, ACCESS_PRESENT);
	expect_fault(ACCESS_WRITE, ACCESS_PRESENT | ACCESS_WRITE);
	mode.ac = true;
	expect_gpa(ACCESS_WRITE, FRAME | 0xabc);
	expect_fault(GWALK_IMPLICIT, ACCESS_PRESENT);
}

static void
gwalk_refuses_addresses_that_the_cpu_has_not(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 4; level++) {
		map4(ALL, ALL, ALL, ALL);
		put64(entry_at(level), get64(entry_at(level)) | 1ull << 40);
		expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
	}
	mode.phys_bits = 41;
	map4(ALL, ALL, ALL, ALL | 1ull << 40);
	expect_gpa(0, 1ull << 40 | FRAME | 0xabc);
}

static void
gwalk_refuses_reserved_bits_of_large_pages(void **state)
{
	(void)state;
	put64(entry_at(2), 0xa00000 | ALL | LEAF | 1 << 13);
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
	put64(entry_at(2), 0xa00000 | ALL | LEAF | 1 << 12); /* PAT */
	expect_gpa(0, 0xa00000 | (GVA & 0x1fffff));
	put64(entry_at(3), 0x40000000 | ALL | LEAF | 1 << 21);
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
	put64(entry_at(4), PDPT | ALL | LEAF);
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
}

static void
gwalk_refuses_what_is_not_canonical(void **state)
{
	(void)state;
	assert_int_equal(
		gwalk(&gmem, &mode, 0x0000800000000000, 0, &walk), -EINVAL);
	assert_int_equal(
		gwalk(&gmem, &mode, 0xffff7fffffffffff, 0, &walk), -EINVAL);
}

static void
gwalk_reads_tables_outside_ram_as_ones(void **state)
{
	(void)state;
	mode.cr3 = 0x30000000;
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
}

static void
gwalk_ends_where_a_table_maps_itself(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 512; i++)
		put64(ROOT + i * 8, ROOT | ALL);
	expect_gpa(0, ROOT | 0xabc);
	assert_int_equal(walk.path.steps, 4);
}

static void
gwalk_sets_accessed_and_dirty(void **state)
{
	(void)state;
	expect_gpa(GWALK_SET_AD, FRAME | 0xabc);
	for (unsigned level = 1; level <= 4; level++)
		assert_int_equal(
			get64(entry_at(level)) & 0x60, PAGEFMT_ACCESSED);
	expect_gpa(GWALK_SET_AD | ACCESS_WRITE, FRAME | 0xabc);
	assert_int_equal(
		get64(entry_at(1)) & 0x60, PAGEFMT_ACCESSED | PAGEFMT_DIRTY);
	assert_int_equal(get64(entry_at(2)) & 0x60, PAGEFMT_ACCESSED);
}

static void
gwalk_that_faults_sets_nothing(void **state)
{
	(void)state;
	put64(entry_at(1), FRAME | P);
	expect_fault(ACCESS_USER | GWALK_SET_AD, ACCESS_PRESENT | ACCESS_USER);
	assert_int_equal(get64(entry_at(4)), PDPT | ALL);
}

static void
gwalk_without_host_memory_says_so(void **state)
{
	(void)state;
	mode.cr3 = 8 * MIB; /* a chunk that nobody has touched */
	fake_allocations_left = 0;
	assert_int_equal(gwalk(&gmem, &mode, GVA, 0, &walk), -ENOMEM);
}

/* PAE: 4 entries at the top, without rights; addresses have 32 bits. */
static void
map_pae(uint64_t top, uint64_t bits2, uint64_t bits1)
{
	uint32_t va = (uint32_t)GVA;

	mode.efer = EFER_NXE;
	mode.cr3 = ROOT | 0x20;
	put64(mode.cr3 + (va >> 30) * 8, PD | top);
	put64(PD + (va >> 21 & 511) * 8, PT | bits2);
	put64(PT + (va >> 12 & 511) * 8, FRAME | bits1);
}

static void
gwalk_translates_pae(void **state)
{
	(void)state;
	map_pae(P, ALL, ALL);
	expect_gpa(ACCESS_WRITE | ACCESS_USER, FRAME | 0xabc);
	assert_int_equal(walk.path.steps, 3);
	put64(PD + ((uint32_t)GVA >> 21 & 511) * 8, 0xa00000 | ALL | LEAF);
	expect_gpa(0, 0xa00000 | (GVA & 0x1fffff));
}

static void
gwalk_of_pae_refuses_rights_at_the_top(void **state)
{
	(void)state;
	map_pae(P | W, ALL, ALL);
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
	map_pae(P, ALL, ALL | 1ull << 52);
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
}

static void
gwalk_of_pae_sets_no_bit_at_the_top(void **state)
{
	(void)state;
	map_pae(P, ALL, ALL);
	expect_gpa(GWALK_SET_AD, FRAME | 0xabc);
	assert_int_equal(get64(mode.cr3 + ((uint32_t)GVA >> 30) * 8), PD | P);
	assert_int_equal(get64(PD + ((uint32_t)GVA >> 21 & 511) * 8),
		PT | ALL | PAGEFMT_ACCESSED);
}

static void
map32(uint32_t bits2, uint32_t bits1)
{
	uint32_t va = (uint32_t)GVA;

	mode.efer = 0;
	mode.cr4 = CR4_PSE;
	put32(ROOT + (va >> 22) * 4, (uint32_t)PT | bits2);
	put32(PT + (va >> 12 & 1023) * 4, (uint32_t)FRAME | bits1);
}

static void
gwalk_translates_32_bit(void **state)
{
	(void)state;
	map32(ALL, ALL);
	expect_gpa(ACCESS_WRITE | ACCESS_USER, FRAME | 0xabc);
	map32(ALL, P | U);
	expect_fault(ACCESS_WRITE, ACCESS_PRESENT | ACCESS_WRITE);
	map32(P | W, ALL);
	expect_fault(ACCESS_USER, ACCESS_PRESENT | ACCESS_USER);
}

static void
gwalk_translates_4m(void **state)
{
	uint64_t at = ROOT + ((uint32_t)GVA >> 22) * 4;

	(void)state;
	map32(ALL, ALL);
	put32(at, 0x00c00000 | ALL | LEAF);
	expect_gpa(0, 0x00c00000 | (GVA & 0x3fffff));
	put32(at, 0x00c00000 | ALL | LEAF | 0x5 << 13); /* PSE-36 */
	expect_gpa(0, 0x500c00000 | (GVA & 0x3fffff));
	put32(at, 0x00c00000 | ALL | LEAF | 1 << 21);
	expect_fault(0, ACCESS_PRESENT | ACCESS_RSVD);
}

static void
gwalk_without_pse_ignores_the_leaf_bit(void **state)
{
	(void)state;
	map32(ALL | LEAF, ALL);
	mode.cr4 = 0;
	expect_gpa(0, FRAME | 0xabc);
}

static void
gwalk_of_32_bit_sets_accessed_and_dirty(void **state)
{
	uint32_t entry;

	(void)state;
	map32(ALL, ALL);
	expect_gpa(GWALK_SET_AD | ACCESS_WRITE, FRAME | 0xabc);
	assert_int_equal(gmem_read_u32(&gmem,
				 PT + ((uint32_t)GVA >> 12 & 1023) * 4, &entry),
		0);
	assert_int_equal(entry, FRAME | ALL | PAGEFMT_ACCESSED | PAGEFMT_DIRTY);
}

#define gwalk_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		gwalk_test(gwalk_without_paging_is_identity),
		gwalk_test(gwalk_translates_4k),
		gwalk_test(gwalk_translates_2m),
		gwalk_test(gwalk_translates_1g),
		gwalk_test(gwalk_refuses_a_gib_page_that_the_cpu_has_not),
		gwalk_test(gwalk_faults_at_each_missing_level),
		gwalk_test(gwalk_ignores_other_bits_of_absent_entries),
		gwalk_test(gwalk_denies_writes_at_each_level),
		gwalk_test(gwalk_without_wp_lets_the_supervisor_write),
		gwalk_test(gwalk_denies_users_at_each_level),
		gwalk_test(gwalk_takes_implicit_accesses_as_supervisor),
		gwalk_test(gwalk_denies_execution_at_each_level),
		gwalk_test(gwalk_without_nxe_has_nx_reserved),
		gwalk_test(gwalk_without_nx_and_smep_hides_the_fetch_bit),
		gwalk_test(gwalk_with_smep_keeps_the_kernel_from_user_code),
		gwalk_test(gwalk_with_smap_keeps_the_kernel_from_user_data),
		gwalk_test(gwalk_refuses_addresses_that_the_cpu_has_not),
		gwalk_test(gwalk_refuses_reserved_bits_of_large_pages),
		gwalk_test(gwalk_refuses_what_is_not_canonical),
		gwalk_test(gwalk_reads_tables_outside_ram_as_ones),
		gwalk_test(gwalk_ends_where_a_table_maps_itself),
		gwalk_test(gwalk_sets_accessed_and_dirty),
		gwalk_test(gwalk_that_faults_sets_nothing),
		gwalk_test(gwalk_without_host_memory_says_so),
		gwalk_test(gwalk_translates_pae),
		gwalk_test(gwalk_of_pae_refuses_rights_at_the_top),
		gwalk_test(gwalk_of_pae_sets_no_bit_at_the_top),
		gwalk_test(gwalk_translates_32_bit),
		gwalk_test(gwalk_translates_4m),
		gwalk_test(gwalk_without_pse_ignores_the_leaf_bit),
		gwalk_test(gwalk_of_32_bit_sets_accessed_and_dirty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
