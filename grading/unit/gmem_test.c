/* SPDX-License-Identifier: MIT */
/* Guest-physical memory: slots, chunks on demand, accessors, nothing lost. */
/* links: vmm/gmem.c vmm/gmem_copy.c grading/unit/fake_kernel.c */
#include "vmm/gmem.h"

#include "grading/unit/fake_kernel.h"
#include "kernel/abi/errno.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static struct gmem gmem;

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	gmem_init(&gmem);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_allocations_left = 1;
	gmem_fini(&gmem);
	assert_int_equal(fake_frames_used, 0);
	assert_int_equal(gmem.frames, 0);
	return 0;
}

static void
expect_entry(unsigned i, uint64_t gpa, uint64_t size)
{
	uint64_t is_gpa, is_size;
	enum gmem_kind kind;

	assert_true(gmem_map_entry(&gmem, i, &is_gpa, &is_size, &kind));
	assert_int_equal(is_gpa, gpa);
	assert_int_equal(is_size, size);
	assert_int_equal(kind, GMEM_RAM);
}

static void
gmem_map_of_a_small_pc(void **state)
{
	uint64_t gpa, size;
	enum gmem_kind kind;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 16 * MIB), 0);
	expect_entry(0, 0, 640 * KIB);
	expect_entry(1, MIB, 15 * MIB);
	assert_false(gmem_map_entry(&gmem, 2, &gpa, &size, &kind));
	assert_int_equal(gmem.ram, 16 * MIB);
}

static void
gmem_map_goes_around_the_mmio_hole(void **state)
{
	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 5 * GIB), 0);
	expect_entry(0, 0, 640 * KIB);
	expect_entry(1, MIB, 3 * GIB - MIB);
	expect_entry(2, 4 * GIB, 2 * GIB);
	assert_null(gmem_find(&gmem, 3 * GIB));
	assert_non_null(gmem_find(&gmem, 6 * GIB - 1));
	assert_null(gmem_find(&gmem, 6 * GIB));
}

static void
gmem_refuses_bad_slots(void **state)
{
	(void)state;
	assert_int_equal(gmem_add(&gmem, 1, 4096, GMEM_RAM), -EINVAL);
	assert_int_equal(gmem_add(&gmem, 0, 4095, GMEM_RAM), -EINVAL);
	assert_int_equal(gmem_add(&gmem, 0, 0, GMEM_RAM), -EINVAL);
	assert_int_equal(gmem_add(&gmem, GMEM_MAX, 4096, GMEM_RAM), -EINVAL);
	assert_int_equal(gmem_add(&gmem, 4096, GMEM_MAX, GMEM_RAM), -EINVAL);
	assert_int_equal(gmem_add(&gmem, ~4095ull, 8192, GMEM_RAM), -EINVAL);
	assert_int_equal(gmem_add_pc_ram(&gmem, MIB), -EINVAL);
	assert_int_equal(gmem.n_slots, 0);
}

static void
gmem_refuses_overlap(void **state)
{
	(void)state;
	assert_int_equal(gmem_add(&gmem, MIB, MIB, GMEM_RAM), 0);
	assert_int_equal(gmem_add(&gmem, MIB, 4096, GMEM_MMIO), -EINVAL);
	assert_int_equal(
		gmem_add(&gmem, 2 * MIB - 4096, MIB, GMEM_RAM), -EINVAL);
	assert_int_equal(gmem_add(&gmem, 0, 3 * MIB, GMEM_ROM), -EINVAL);
	assert_int_equal(gmem_add(&gmem, 2 * MIB, MIB, GMEM_RAM), 0);
}

static void
gmem_table_can_be_full(void **state)
{
	(void)state;
	for (unsigned i = 0; i < GMEM_SLOTS; i++)
		assert_int_equal(
			gmem_add(&gmem, i * 4096ull, 4096, GMEM_MMIO), 0);
	assert_int_equal(gmem_add(&gmem, MIB, 4096, GMEM_MMIO), -ENOSPC);
}

static void
gmem_allocates_what_is_touched(void **state)
{
	struct gmem_page page;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 16 * MIB), 0);
	assert_int_equal(gmem.frames, 0);
	assert_int_equal(gmem_page(&gmem, 5 * MIB, true, &page), 0);
	assert_int_equal(page.size, 2 * MIB);
	assert_int_equal(gmem.frames, 512);
	assert_int_equal(gmem_page(&gmem, 6 * MIB - 1, true, &page), 0);
	assert_int_equal(gmem.frames, 512);
}

static void
gmem_can_be_of_single_frames_alone(void **state)
{
	struct gmem_page page;

	(void)state;
	gmem.small = true;
	assert_int_equal(gmem_add_pc_ram(&gmem, 16 * MIB), 0);
	assert_int_equal(gmem_page(&gmem, 5 * MIB, true, &page), 0);
	assert_int_equal(page.size, 4096);
	assert_int_equal(gmem.frames, 2); /* with its chunk's table */
}

/* What widening makes of the page at gpa in a slot whose chunks are given. */
static uint64_t
widened(uint64_t gpa, uint64_t *chunks)
{
	const struct gmem_slot slot = { .gpa = 2 * MIB,
		.size = 3 * GIB,
		.kind = GMEM_RAM,
		.chunks = chunks };
	struct gmem_page page = { .size = 2 * MIB, .writable = true };
	struct gmem fake = { .n_slots = 1, .slot = { slot } };

	page.hpa = chunks[gpa / (2 * MIB) - 1];
	gmem_widen(&fake, gpa, &page);
	if (page.size == 1 * GIB)
		return page.hpa;
	assert_int_equal(page.size, 2 * MIB);
	return ~0ull;
}

static void
gmem_widens_to_a_whole_gib_in_one_piece(void **state)
{
	static uint64_t chunks[3 * 512];

	(void)state;
	for (unsigned i = 0; i < 3 * 512; i++) /* gpa + 7 GiB */
		chunks[i] = 7 * GIB + (i + 1) * 2 * MIB;
	assert_int_equal(widened(GIB, chunks), 8 * GIB);
	assert_int_equal(widened(GIB + 700 * MIB + 5, chunks), 8 * GIB);
	assert_int_equal(widened(3 * GIB - 1, chunks), 9 * GIB);
	/* the slot does not cover the GiB */
	assert_int_equal(widened(4 * MIB, chunks), ~0ull);
	assert_int_equal(widened(3 * GIB, chunks), ~0ull);
	chunks[511 + 300] = 0; /* not all there */
	assert_int_equal(widened(GIB, chunks), ~0ull);
	chunks[511 + 300] = (8 * GIB + 600 * MIB) | GMEM_SPLIT;
	assert_int_equal(widened(GIB, chunks), ~0ull);
	assert_int_equal(widened(2 * GIB, chunks), 9 * GIB);
	for (unsigned i = 0; i < 3 * 512; i++) /* not aligned */
		chunks[i] += 2 * MIB;
	assert_int_equal(widened(2 * GIB, chunks), ~0ull);
}

static void
gmem_takes_single_frames_where_a_slot_ends(void **state)
{
	struct gmem_page page;

	(void)state;
	assert_int_equal(gmem_add(&gmem, MIB, 2 * MIB, GMEM_RAM), 0);
	assert_int_equal(gmem_page(&gmem, MIB, true, &page), 0);
	assert_int_equal(page.size, 4096);
	assert_int_equal(gmem.frames, 2); /* a table, a frame */
	assert_int_equal(gmem_page(&gmem, 2 * MIB, true, &page), 0);
	assert_int_equal(page.size, 4096);
}

static void
gmem_falls_back_to_single_frames(void **state)
{
	struct gmem_page page;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 16 * MIB), 0);
	fake_frames_free = GMEM_HOST_RESERVE + 100;
	assert_int_equal(gmem_page(&gmem, 5 * MIB, true, &page), 0);
	assert_int_equal(page.size, 4096);
	fake_frames_free = 1 << 20;
	assert_int_equal(gmem_page(&gmem, 5 * MIB + 4096, true, &page), 0);
	assert_int_equal(page.size, 4096);
}

static void
gmem_leaves_the_host_its_reserve(void **state)
{
	struct gmem_page page;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 16 * MIB), 0);
	fake_frames_free = GMEM_HOST_RESERVE;
	assert_int_equal(gmem_page(&gmem, 0, true, &page), -ENOMEM);
	assert_int_equal(gmem.frames, 0);
}

static void
gmem_new_memory_is_zero(void **state)
{
	uint8_t byte = 0xff;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 4 * MIB), 0);
	for (uint64_t gpa = 0; gpa < 4 * MIB; gpa += 4093) {
		assert_int_equal(gmem_read(&gmem, gpa, &byte, 1), 0);
		assert_int_equal(byte, 0);
	}
}

static void
gmem_copies_across_chunks_and_slots(void **state)
{
	static uint8_t out[5 * 1024 * 1024], in[sizeof(out)];

	(void)state;
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(gmem_add(&gmem, 0, 3 * MIB, GMEM_RAM), 0);
	assert_int_equal(gmem_add(&gmem, 3 * MIB, 5 * MIB, GMEM_RAM), 0);
	assert_int_equal(gmem_write(&gmem, MIB + 5, out, sizeof(out)), 0);
	assert_int_equal(gmem_read(&gmem, MIB + 5, in, sizeof(in)), 0);
	assert_memory_equal(in, out, sizeof(out));
}

static void
gmem_refuses_what_is_no_ram(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 2 * MIB), 0);
	assert_int_equal(gmem_add(&gmem, 4 * MIB, MIB, GMEM_MMIO), 0);
	assert_int_equal(gmem_read(&gmem, 2 * MIB - 4, &value, 8), -EFAULT);
	assert_int_equal(gmem_write(&gmem, 2 * MIB, &value, 1), -EFAULT);
	assert_int_equal(gmem_read(&gmem, 4 * MIB, &value, 8), -EFAULT);
	assert_int_equal(gmem_read(&gmem, ~0ull, &value, 1), -EFAULT);
	assert_int_equal(gmem_read(&gmem, ~0ull - 3, &value, 8), -EFAULT);
	assert_null(gmem_peek(&gmem, 4 * MIB));
	assert_null(gmem_peek(&gmem, ~0ull));
}

static void
gmem_rom_is_read_only(void **state)
{
	uint64_t value = 0;
	struct gmem_page page;

	(void)state;
	assert_int_equal(gmem_add(&gmem, 0, 2 * MIB, GMEM_ROM), 0);
	assert_int_equal(gmem_read(&gmem, 0, &value, 8), 0);
	assert_int_equal(gmem_write(&gmem, 0, &value, 8), -EFAULT);
	assert_int_equal(gmem_page(&gmem, 0, false, &page), 0);
	assert_false(page.writable);
}

static void
gmem_words_must_be_aligned(void **state)
{
	uint64_t u64 = 0x1122334455667788;
	uint32_t u32;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 2 * MIB), 0);
	assert_int_equal(gmem_write(&gmem, 64, &u64, 8), 0);
	u64 = 0;
	assert_int_equal(gmem_read_u64(&gmem, 64, &u64), 0);
	assert_int_equal(u64, 0x1122334455667788);
	assert_int_equal(gmem_read_u32(&gmem, 68, &u32), 0);
	assert_int_equal(u32, 0x11223344);
	assert_int_equal(gmem_read_u64(&gmem, 68, &u64), -EFAULT);
	assert_int_equal(gmem_read_u32(&gmem, 66, &u32), -EFAULT);
}

static void
gmem_sets_bits_of_the_value_it_was_told(void **state)
{
	uint64_t value = 0x100000005;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 2 * MIB), 0);
	assert_int_equal(gmem_write(&gmem, 8, &value, 8), 0);
	assert_int_equal(gmem_set_bits(&gmem, 8, 8, 5, 0x20), -EAGAIN);
	assert_int_equal(gmem_set_bits(&gmem, 8, 4, 5, 0x20), 0);
	assert_int_equal(gmem_set_bits(&gmem, 8, 8, 0x100000025, 0x40), 0);
	assert_int_equal(gmem_read_u64(&gmem, 8, &value), 0);
	assert_int_equal(value, 0x100000065);
	assert_int_equal(gmem_set_bits(&gmem, 9, 8, 0, 1), -EFAULT);
}

static void
gmem_peek_sees_what_is_there(void **state)
{
	uint64_t value = 42;

	(void)state;
	assert_int_equal(gmem_add_pc_ram(&gmem, 5 * MIB), 0);
	assert_null(gmem_peek(&gmem, 2 * MIB));
	assert_int_equal(gmem_write(&gmem, 2 * MIB + 8, &value, 8), 0);
	assert_int_equal(*(uint64_t *)gmem_peek(&gmem, 2 * MIB + 8), 42);
	/* the last chunk is only half covered: single frames */
	assert_int_equal(gmem_write(&gmem, 4 * MIB + 8, &value, 8), 0);
	assert_int_equal(*(uint64_t *)gmem_peek(&gmem, 4 * MIB + 8), 42);
	assert_null(gmem_peek(&gmem, 4 * MIB + 4096));
}

static void
gmem_add_without_memory_leaves_nothing(void **state)
{
	(void)state;
	fake_allocations_left = 0;
	assert_int_equal(gmem_add_pc_ram(&gmem, 16 * MIB), -ENOMEM);
	assert_int_equal(gmem.n_slots, 0);
}

#define gmem_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		gmem_test(gmem_map_of_a_small_pc),
		gmem_test(gmem_map_goes_around_the_mmio_hole),
		gmem_test(gmem_refuses_bad_slots),
		gmem_test(gmem_refuses_overlap),
		gmem_test(gmem_table_can_be_full),
		gmem_test(gmem_allocates_what_is_touched),
		gmem_test(gmem_can_be_of_single_frames_alone),
		gmem_test(gmem_widens_to_a_whole_gib_in_one_piece),
		gmem_test(gmem_takes_single_frames_where_a_slot_ends),
		gmem_test(gmem_falls_back_to_single_frames),
		gmem_test(gmem_leaves_the_host_its_reserve),
		gmem_test(gmem_new_memory_is_zero),
		gmem_test(gmem_copies_across_chunks_and_slots),
		gmem_test(gmem_refuses_what_is_no_ram),
		gmem_test(gmem_rom_is_read_only),
		gmem_test(gmem_words_must_be_aligned),
		gmem_test(gmem_sets_bits_of_the_value_it_was_told),
		gmem_test(gmem_peek_sees_what_is_there),
		gmem_test(gmem_add_without_memory_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
