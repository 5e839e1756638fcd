/* SPDX-License-Identifier: MIT */
/* Page tables that the VMM builds: map, replace, unmap, nothing lost. */
/* links: vmm/mmu/pagetable.c vmm/mmu/pagewalk.c vmm/mmu/pagefmt.c vmm/gmem.c
 * vmm/gmem_copy.c grading/unit/fake_kernel.c */
#include "vmm/mmu/pagetable.h"

#include "grading/unit/fake_kernel.h"
#include "kernel/abi/errno.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB   (1ull << 20)
#define FLAGS (PAGEFMT_PRESENT | PAGEFMT_WRITE | PAGEFMT_USER)

static struct pagetable pt;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	assert_int_equal(pagetable_init(&pt, &pagefmt_4level, FLAGS), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pagetable_fini(&pt);
	assert_int_equal(pt.frames, 0);
	assert_int_equal(fake_frames_used, 0);
	return 0;
}

static void
expect_entry(uint64_t addr, unsigned level, uint64_t entry)
{
	unsigned found;

	assert_int_equal(pagetable_lookup(&pt, addr, &found), entry);
	assert_int_equal(found, level);
}

static void
expect_nothing(uint64_t addr)
{
	unsigned level;

	assert_int_equal(pagetable_lookup(&pt, addr, &level), 0);
}

static void
pagetable_maps_small_pages(void **state)
{
	(void)state;
	assert_int_equal(pagetable_map(&pt, 5 * MIB, 1, 0x7000 | FLAGS), 0);
	expect_entry(5 * MIB + 123, 1, 0x7000 | FLAGS);
	expect_nothing(5 * MIB + 4096);
	expect_nothing(5 * MIB - 1);
	assert_int_equal(pt.frames, 4);
}

static void
pagetable_maps_large_pages(void **state)
{
	(void)state;
	assert_int_equal(pagetable_map(&pt, 5 * MIB, 2, 2 * MIB | FLAGS), 0);
	expect_entry(4 * MIB, 2, 2 * MIB | FLAGS | PAGEFMT_LEAF);
	expect_entry(6 * MIB - 1, 2, 2 * MIB | FLAGS | PAGEFMT_LEAF);
	expect_nothing(6 * MIB);
	assert_int_equal(pt.frames, 3);
}

static void
pagetable_large_page_replaces_small_ones(void **state)
{
	(void)state;
	assert_int_equal(pagetable_map(&pt, 4 * MIB, 1, 0x7000 | FLAGS), 0);
	assert_int_equal(pagetable_map(&pt, 4 * MIB, 2, 2 * MIB | FLAGS), 1);
	expect_entry(4 * MIB, 2, 2 * MIB | FLAGS | PAGEFMT_LEAF);
	assert_int_equal(pt.frames, 3);
}

static void
pagetable_small_page_replaces_a_large_one(void **state)
{
	(void)state;
	assert_int_equal(pagetable_map(&pt, 4 * MIB, 2, 2 * MIB | FLAGS), 0);
	assert_int_equal(pagetable_map(&pt, 4 * MIB, 1, 0x7000 | FLAGS), 1);
	expect_entry(4 * MIB, 1, 0x7000 | FLAGS);
	expect_nothing(4 * MIB + 4096);
}

static void
pagetable_unmaps_a_range(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pagetable_map(&pt, 2 * MIB - 8192 + i * 4096,
					 1, 0x7000 | FLAGS),
			0);
	assert_int_equal(pagetable_map(&pt, 1ull << 39, 2, 2 * MIB | FLAGS), 0);
	pagetable_unmap(&pt, 2 * MIB - 4096, 8192);
	expect_entry(2 * MIB - 8192, 1, 0x7000 | FLAGS);
	expect_nothing(2 * MIB - 4096);
	expect_nothing(2 * MIB);
	expect_entry(2 * MIB + 4096, 1, 0x7000 | FLAGS);
	pagetable_unmap(&pt, 0, 1ull << 48);
	expect_nothing(2 * MIB - 8192);
	expect_nothing(1ull << 39);
}

static void
pagetable_unmap_of_a_part_takes_the_large_page(void **state)
{
	(void)state;
	assert_int_equal(pagetable_map(&pt, 4 * MIB, 2, 2 * MIB | FLAGS), 0);
	pagetable_unmap(&pt, 5 * MIB, 4096);
	expect_nothing(4 * MIB);
}

static void
pagetable_without_memory_says_so(void **state)
{
	(void)state;
	fake_allocations_left = 2;
	assert_int_equal(
		pagetable_map(&pt, 4 * MIB, 1, 0x7000 | FLAGS), -ENOMEM);
	expect_nothing(4 * MIB);
	fake_allocations_left = 1;
	assert_int_equal(pagetable_map(&pt, 4 * MIB, 1, 0x7000 | FLAGS), 0);
	fake_allocations_left = 100;
}

#define pt_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		pt_test(pagetable_maps_small_pages),
		pt_test(pagetable_maps_large_pages),
		pt_test(pagetable_large_page_replaces_small_ones),
		pt_test(pagetable_small_page_replaces_a_large_one),
		pt_test(pagetable_unmaps_a_range),
		pt_test(pagetable_unmap_of_a_part_takes_the_large_page),
		pt_test(pagetable_without_memory_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
