/* SPDX-License-Identifier: MIT */
/*
 * What shadow tables let a guest do and see: translation, rights, accessed
 * and dirty bits, in each paging mode.  One idea a test.
 *
 * Over 400 lines because the rules of shadow paging are told in one row.
 */
/* links: grading/unit/shadow_rig.c vmm/mmu/shadow/entry.c
 * vmm/mmu/shadow/want.c vmm/mmu/shadow/page.c vmm/mmu/shadow/protect.c
 * vmm/mmu/shadow/fill.c vmm/mmu/shadow/write.c vmm/mmu/shadow/check.c
 * vmm/gwalk.c vmm/mmu/pagewalk.c vmm/gmem.c vmm/gmem_copy.c
 * vmm/mmu/pagefmt.c
 * grading/unit/fake_kernel.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grading/unit/fake_kernel.h"
#include "grading/unit/shadow_rig.h"

#define VA   0x400000ull
#define PAGE 0x5000ull
#define PT_A 0x2000ull /* tables of the 32-bit modes */
#define PT_B 0x3000ull
#define PT_C 0x4000ull

static struct rig *
new_rig(void)
{
	static struct rig r;

	fake_reset();
	rig_init(&r, SHADOW_KIB_MIN);
	return &r;
}

static void
end_rig(struct rig *r)
{
	rig_check(r);
	rig_fini(r);
	assert_int_equal(fake_frames_used, 0);
}

/* The guest faults with this error code. */
static void
assert_fault(struct rig_result result, uint32_t error)
{
	assert_int_equal(result.kind, RIG_FAULT);
	assert_int_equal(result.error, error);
}

static void
assert_lands(struct rig_result result, uint64_t gpa)
{
	assert_int_equal(result.kind, RIG_OK);
	assert_int_equal(result.gpa, gpa);
}

static void
test_paging_off_is_identity(void **state)
{
	struct rig *r = new_rig();
	struct rig_result first, second;

	(void)state;
	first = rig_access(r, 0x345678, ACCESS_WRITE);
	assert_lands(first, 0x345678);
	assert_int_equal(first.exits, 1);
	second = rig_access(r, 0x345000, ACCESS_EXEC | ACCESS_USER);
	assert_lands(second, 0x345000);
	assert_int_equal(second.exits, 0);
	assert_int_equal(rig_access(r, RIG_RAM, 0).kind, RIG_MMIO);
	end_rig(r);
}

static void
test_second_access_does_not_exit(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	rig_long(r, RIG_PML4);
	assert_int_equal(rig_access(r, VA, 0).exits, 1);
	rig_flush(r);
	assert_int_equal(rig_access(r, VA + 8, 0).exits, 0);
	end_rig(r);
}

static void
test_read_sets_accessed_at_every_level(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	rig_long(r, RIG_PML4);
	rig_access(r, VA, 0);
	for (unsigned level = 1; level <= 4; level++) {
		uint64_t at = rig_entry(r, RIG_PML4, VA, level);

		assert_true(rig_peek(r, at) & G_A);
		assert_false(rig_peek(r, at) & G_D);
	}
	end_rig(r);
}

static void
test_untouched_neighbour_keeps_accessed_clear(void **state)
{
	struct rig *r = new_rig();
	uint64_t next;

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	next = rig_map(r, RIG_PML4, VA + 0x1000, PAGE, 1, G_PWU);
	rig_long(r, RIG_PML4);
	rig_access(r, VA, 0);
	assert_false(rig_peek(r, next) & G_A);
	end_rig(r);
}

static void
test_first_write_sets_dirty(void **state)
{
	struct rig *r = new_rig();
	uint64_t at;

	(void)state;
	at = rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	rig_long(r, RIG_PML4);
	rig_access(r, VA, 0);
	assert_int_equal(rig_access(r, VA, ACCESS_WRITE).exits, 1);
	assert_true(rig_peek(r, at) & G_D);
	assert_int_equal(rig_access(r, VA, ACCESS_WRITE).exits, 0);
	end_rig(r);
}

static void
test_dirty_cleared_is_set_again(void **state)
{
	struct rig *r = new_rig();
	uint64_t at;

	(void)state;
	at = rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	rig_long(r, RIG_PML4);
	rig_access(r, VA, ACCESS_WRITE);
	rig_poke(r, at, rig_peek(r, at) & ~G_D);
	rig_invlpg(r, VA);
	assert_int_equal(rig_access(r, VA, ACCESS_WRITE).kind, RIG_OK);
	assert_true(rig_peek(r, at) & G_D);
	end_rig(r);
}

static void
test_accessed_cleared_is_set_again(void **state)
{
	struct rig *r = new_rig();
	uint64_t at;

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	rig_long(r, RIG_PML4);
	rig_access(r, VA, 0);
	at = rig_entry(r, RIG_PML4, VA, 3);
	rig_poke(r, at, rig_peek(r, at) & ~G_A);
	rig_load_cr3(r, RIG_PML4);
	assert_int_equal(rig_access(r, VA, 0).kind, RIG_OK);
	assert_true(rig_peek(r, at) & G_A);
	end_rig(r);
}

static void
test_dirty_page_is_writable_at_first_fault(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU | G_D);
	rig_long(r, RIG_PML4);
	rig_access(r, VA, 0);
	assert_int_equal(rig_access(r, VA, ACCESS_WRITE).exits, 0);
	end_rig(r);
}

static void
test_faults_carry_the_guest_s_error_code(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_P | G_NX);
	rig_map(r, RIG_PML4, VA + 0x1000, PAGE, 1, G_PWU | 1ull << 50);
	rig_long(r, RIG_PML4);
	assert_fault(rig_access(r, VA + 0x2000, ACCESS_WRITE), ACCESS_WRITE);
	assert_fault(
		rig_access(r, VA, ACCESS_WRITE), ACCESS_PRESENT | ACCESS_WRITE);
	assert_fault(
		rig_access(r, VA, ACCESS_USER), ACCESS_PRESENT | ACCESS_USER);
	assert_fault(
		rig_access(r, VA, ACCESS_EXEC), ACCESS_PRESENT | ACCESS_EXEC);
	assert_fault(
		rig_access(r, VA + 0x1000, 0), ACCESS_PRESENT | ACCESS_RSVD);
	end_rig(r);
}

static void
test_nx_is_reserved_without_nxe(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU | G_NX);
	rig_long(r, RIG_PML4);
	assert_int_equal(rig_access(r, VA, 0).kind, RIG_OK);
	r->mode.walk.efer &= ~EFER_NXE;
	rig_load_cr3(r, RIG_PML4);
	assert_fault(rig_access(r, VA, 0), ACCESS_PRESENT | ACCESS_RSVD);
	end_rig(r);
}

static void
test_rights_of_every_level_count(void **state)
{
	struct rig *r = new_rig();
	uint64_t at;

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	at = rig_entry(r, RIG_PML4, VA, 2);
	rig_poke(r, at, (rig_peek(r, at) & ~G_W) | G_NX);
	rig_long(r, RIG_PML4);
	assert_int_equal(rig_access(r, VA, ACCESS_USER).kind, RIG_OK);
	assert_int_equal(rig_access(r, VA, ACCESS_WRITE).kind, RIG_FAULT);
	assert_int_equal(rig_access(r, VA, ACCESS_EXEC).kind, RIG_FAULT);
	end_rig(r);
}

static void
test_smep_and_smap_guard_user_pages(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	rig_long(r, RIG_PML4);
	assert_int_equal(rig_access(r, VA, ACCESS_EXEC).kind, RIG_OK);
	r->mode.walk.cr4 |= CR4_SMEP | CR4_SMAP;
	rig_load_cr3(r, RIG_PML4);
	assert_fault(
		rig_access(r, VA, ACCESS_EXEC), ACCESS_PRESENT | ACCESS_EXEC);
	assert_fault(rig_access(r, VA, 0), ACCESS_PRESENT);
	r->mode.walk.ac = true;
	assert_int_equal(rig_access(r, VA, 0).kind, RIG_OK);
	end_rig(r);
}

static void
test_supervisor_write_without_wp_is_emulated(void **state)
{
	struct rig *r = new_rig();
	uint64_t at;

	(void)state;
	at = rig_map(r, RIG_PML4, VA, PAGE, 1, G_P | G_U);
	rig_long(r, RIG_PML4);
	r->mode.walk.cr0 &= ~CR0_WP;
	rig_load_cr3(r, RIG_PML4);
	assert_int_equal(rig_store(r, VA, 77).kind, RIG_TRACED);
	assert_int_equal(rig_peek(r, PAGE), 77);
	assert_true(rig_peek(r, at) & G_D);
	assert_int_equal(
		rig_access(r, VA, ACCESS_WRITE | ACCESS_USER).kind, RIG_FAULT);
	end_rig(r);
}

static void
test_read_only_directory_without_wp_is_emulated(void **state)
{
	struct rig *r = new_rig();
	uint64_t at;

	(void)state;
	rig_map(r, RIG_PML4, VA, PAGE, 1, G_PWU);
	at = rig_entry(r, RIG_PML4, VA, 2);
	rig_poke(r, at, rig_peek(r, at) & ~G_W);
	rig_long(r, RIG_PML4);
	r->mode.walk.cr0 &= ~CR0_WP;
	rig_load_cr3(r, RIG_PML4);
	assert_int_equal(rig_store(r, VA, 78).kind, RIG_TRACED);
	assert_int_equal(rig_peek(r, PAGE), 78);
	end_rig(r);
}

static void
test_large_page_takes_one_fault(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_map(r, RIG_PML4, 0x40000000, 0x400000, 2, G_PWU | G_D);
	rig_long(r, RIG_PML4);
	assert_int_equal(rig_access(r, 0x40000000, ACCESS_WRITE).exits, 1);
	assert_lands(rig_access(r, 0x401ff123, ACCESS_WRITE), 0x5ff123);
	assert_int_equal(r->faults, 1);
	end_rig(r);
}

static void
test_large_page_follows_its_dirty_bit(void **state)
{
	struct rig *r = new_rig();
	uint64_t at;

	(void)state;
	at = rig_map(r, RIG_PML4, 0x40000000, 0x400000, 2, G_PWU);
	rig_long(r, RIG_PML4);
	rig_access(r, 0x40000000, 0);
	assert_false(rig_peek(r, at) & G_D);
	assert_int_equal(rig_access(r, 0x40123000, ACCESS_WRITE).kind, RIG_OK);
	assert_true(rig_peek(r, at) & G_D);
	end_rig(r);
}

static void
test_large_page_on_single_frames_is_split(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	/* the host has no block of 2 MiB: gmem takes frames */
	rig_map(r, RIG_PML4, 0x40000000, 0x400000, 2, G_PWU);
	fake_frames_free = GMEM_HOST_RESERVE + 511;
	rig_long(r, RIG_PML4);
	assert_lands(rig_access(r, 0x40003000, ACCESS_WRITE), 0x403000);
	assert_lands(rig_access(r, 0x401ff000, ACCESS_WRITE), 0x5ff000);
	end_rig(r);
}

static void
test_gib_page(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	r->mode.walk.gib_pages = true;
	rig_map(r, RIG_PML4, 0x80000000, 0, 3, G_PWU);
	rig_long(r, RIG_PML4);
	assert_lands(rig_access(r, 0x80345000, ACCESS_WRITE), 0x345000);
	assert_int_equal(rig_access(r, 0x80000000 + RIG_RAM, 0).kind, RIG_MMIO);
	end_rig(r);
}

static void
test_gib_page_that_the_cpu_has_not_is_reserved(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_map(r, RIG_PML4, 0x80000000, 0, 3, G_PWU);
	rig_long(r, RIG_PML4);
	assert_fault(
		rig_access(r, 0x80345000, 0), ACCESS_PRESENT | ACCESS_RSVD);
	end_rig(r);
}

static void
test_32_bit_paging(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_poke32(r, RIG_PML4 + 4 * 0x301, PT_A | G_PWU);
	rig_poke32(r, PT_A + 4 * 3, 0x7000 | G_PWU);
	rig_poke32(r, PT_A + 4 * 0x203, 0x8000 | G_P);
	rig_32(r, RIG_PML4, false);
	assert_lands(rig_access(r, 0xc0403010, ACCESS_WRITE), 0x7010);
	assert_lands(rig_access(r, 0xc0603010, 0), 0x8010);
	assert_fault(rig_access(r, 0xc0603010, ACCESS_WRITE),
		ACCESS_PRESENT | ACCESS_WRITE);
	assert_true(rig_peek(r, PT_A + 4 * 2) >> 32 & G_D);
	end_rig(r);
}

static void
test_4_mib_page_of_32_bit_paging(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_poke32(r, RIG_PML4 + 4 * 0x201, 0x400000 | G_PS | G_PWU);
	rig_32(r, RIG_PML4, true);
	assert_lands(rig_access(r, 0x80401000, ACCESS_WRITE), 0x401000);
	assert_lands(rig_access(r, 0x80601000, ACCESS_WRITE), 0x601000);
	assert_fault(rig_access(r, 0x80801000, 0), 0);
	end_rig(r);
}

static void
test_pae_paging(void **state)
{
	struct rig *r = new_rig();
	uint64_t pdpt = RIG_PML4 + 0x20;

	(void)state;
	rig_poke(r, pdpt + 8 * 3, PT_A | G_P);
	rig_poke(r, PT_A + 8 * 2, PT_B | G_PWU);
	rig_poke(r, PT_B + 8 * 5, 0x7000 | G_PWU | G_NX);
	rig_poke(r, PT_A + 8 * 3, 0x400000 | G_PS | G_PWU);
	rig_pae(r, pdpt);
	assert_lands(rig_access(r, 0xc0405000, ACCESS_WRITE), 0x7000);
	assert_fault(rig_access(r, 0xc0405000, ACCESS_EXEC),
		ACCESS_PRESENT | ACCESS_EXEC);
	assert_lands(rig_access(r, 0xc0654321, ACCESS_WRITE), 0x454321);
	assert_fault(rig_access(r, 0x1000, 0), 0);
	end_rig(r);
}

static void
test_same_table_in_another_mode_is_another_shadow(void **state)
{
	struct rig *r = new_rig();

	(void)state;
	rig_poke(r, RIG_PML4, PT_A | G_PWU);
	rig_poke(r, PT_A, PT_B | G_PWU);
	rig_poke(r, PT_B, PT_C | G_PWU);
	rig_poke(r, PT_C, 0x7000 | G_PWU);
	rig_long(r, RIG_PML4);
	assert_lands(rig_access(r, 0x10, 0), 0x7010);
	rig_32(r, RIG_PML4, false);
	assert_lands(rig_access(r, 0x10, 0), PT_B + 0x10);
	rig_long(r, RIG_PML4);
	assert_lands(rig_access(r, 0x10, 0), 0x7010);
	end_rig(r);
}

static void
test_rom_can_be_read_and_not_written(void **state)
{
	struct rig *r = new_rig();
	const uint64_t rom = 0xffff0000;

	(void)state;
	assert_int_equal(gmem_add(&r->gmem, rom, 0x10000, GMEM_ROM), 0);
	rig_map(r, RIG_PML4, VA, rom, 1, G_PWU);
	rig_long(r, RIG_PML4);
	assert_lands(rig_access(r, VA, ACCESS_EXEC), rom);
	assert_int_equal(rig_access(r, VA, ACCESS_WRITE).kind, RIG_MMIO);
	end_rig(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paging_off_is_identity),
		cmocka_unit_test(test_second_access_does_not_exit),
		cmocka_unit_test(test_read_sets_accessed_at_every_level),
		cmocka_unit_test(test_untouched_neighbour_keeps_accessed_clear),
		cmocka_unit_test(test_first_write_sets_dirty),
		cmocka_unit_test(test_dirty_cleared_is_set_again),
		cmocka_unit_test(test_accessed_cleared_is_set_again),
		cmocka_unit_test(test_dirty_page_is_writable_at_first_fault),
		cmocka_unit_test(test_faults_carry_the_guest_s_error_code),
		cmocka_unit_test(test_nx_is_reserved_without_nxe),
		cmocka_unit_test(test_rights_of_every_level_count),
		cmocka_unit_test(test_smep_and_smap_guard_user_pages),
		cmocka_unit_test(test_supervisor_write_without_wp_is_emulated),
		cmocka_unit_test(
			test_read_only_directory_without_wp_is_emulated),
		cmocka_unit_test(test_large_page_takes_one_fault),
		cmocka_unit_test(test_large_page_follows_its_dirty_bit),
		cmocka_unit_test(test_large_page_on_single_frames_is_split),
		cmocka_unit_test(test_gib_page),
		cmocka_unit_test(
			test_gib_page_that_the_cpu_has_not_is_reserved),
		cmocka_unit_test(test_32_bit_paging),
		cmocka_unit_test(test_4_mib_page_of_32_bit_paging),
		cmocka_unit_test(test_pae_paging),
		cmocka_unit_test(
			test_same_table_in_another_mode_is_another_shadow),
		cmocka_unit_test(test_rom_can_be_read_and_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
