/* SPDX-License-Identifier: MIT */
/*
 * The invariant checker of shadow paging sees what it is for: shadows that are
 * right are broken on purpose, in one entry each, and shadow_check() must say
 * no.  (grading/fuzz/shadow_fuzz.c has it look after every step.)
 */
/* links: grading/unit/shadow_rig.c vmm/mmu/shadow/entry.c
 * vmm/mmu/shadow/want.c vmm/mmu/shadow/page.c vmm/mmu/shadow/protect.c
 * vmm/mmu/shadow/fill.c vmm/mmu/shadow/write.c vmm/mmu/shadow/check.c
 * vmm/gwalk.c vmm/mmu/pagewalk.c vmm/gmem.c vmm/gmem_copy.c
 * vmm/mmu/pagefmt.c grading/unit/fake_kernel.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "grading/unit/fake_kernel.h"
#include "grading/unit/shadow_rig.h"
#include "kernel/mem/pmm.h"

#define VA    0x400000ull
#define PAGE  0x5000ull
#define OTHER 0x6000ull

/* A kernel page, read-only and never written, that has been read. */
static struct rig *
new_rig(uint64_t flags)
{
	static struct rig r;

	fake_reset();
	rig_init(&r, SHADOW_KIB_MIN);
	rig_map(&r, RIG_PML4, VA, PAGE, 1, flags);
	rig_map(&r, RIG_PML4, VA + 0x1000, OTHER, 1, G_PWU | G_D);
	rig_long(&r, RIG_PML4);
	assert_int_equal(rig_access(&r, VA, 0).kind, RIG_OK);
	assert_int_equal(rig_access(&r, VA + 0x1000, 0).kind, RIG_OK);
	rig_check(&r);
	return &r;
}

/* The shadow's entry of a level for VA. */
static uint64_t *
entry_of(struct rig *r, unsigned level)
{
	uint64_t *table = r->s.current[VIEW_NATIVE]->entry;

	for (unsigned l = 4;; l--) {
		uint64_t *at = &table[VA >> (3 + 9 * l) & 511];

		assert_true(*at & PAGEFMT_PRESENT);
		if (l == level)
			return at;
		table = phys_to_virt(*at & PAGEFMT_ADDR);
	}
}

static void
assert_seen(struct rig *r, const char *what)
{
	char why[256] = "";

	assert_false(shadow_check(&r->s, why, sizeof(why)));
	assert_non_null(strstr(why, what));
	rig_fini(r);
}

static void
a_right_too_many_to_write(void **state)
{
	struct rig *r = new_rig(G_P);

	(void)state;
	*entry_of(r, 1) |= PAGEFMT_WRITE;
	assert_seen(r, "allows more than the guest does");
}

static void
writable_before_it_is_dirty(void **state)
{
	struct rig *r = new_rig(G_PWU);

	(void)state;
	*entry_of(r, 1) |= PAGEFMT_WRITE;
	assert_seen(r, "allows more than the guest does");
}

static void
a_right_too_many_for_ring_3(void **state)
{
	struct rig *r = new_rig(G_P | G_W | G_D);

	(void)state;
	*entry_of(r, 1) |= PAGEFMT_USER;
	assert_seen(r, "allows more than the guest does");
}

static void
a_right_too_many_to_execute(void **state)
{
	struct rig *r = new_rig(G_P | G_NX);

	(void)state;
	*entry_of(r, 1) &= ~PAGEFMT_NX;
	assert_seen(r, "allows more than the guest does");
}

static void
a_right_too_many_in_a_directory(void **state)
{
	struct rig *r = new_rig(G_PWU);
	uint64_t at = rig_entry(r, RIG_PML4, VA, 2);

	(void)state;
	rig_poke(r, at, rig_peek(r, at) & ~G_W);
	rig_check(r);
	assert_int_equal(rig_access(r, VA, 0).kind, RIG_OK);
	*entry_of(r, 2) |= PAGEFMT_WRITE;
	assert_seen(r, "allows more than the guest does");
}

static void
another_page(void **state)
{
	struct rig *r = new_rig(G_PWU);
	uint64_t hpa = virt_to_phys(gmem_peek(&r->gmem, OTHER));

	(void)state;
	*entry_of(r, 1) = (*entry_of(r, 1) & ~PAGEFMT_ADDR) | hpa;
	assert_seen(r, "maps another page");
}

static void
a_frame_of_the_host(void **state)
{
	struct rig *r = new_rig(G_PWU);
	uint64_t hpa = virt_to_phys(r->s.current[VIEW_NATIVE]->entry);

	(void)state;
	*entry_of(r, 1) = (*entry_of(r, 1) & ~PAGEFMT_ADDR) | hpa;
	assert_seen(r, "maps another page");
}

static void
another_table(void **state)
{
	struct rig *r = new_rig(G_PWU);
	uint64_t hpa = virt_to_phys(r->s.current[VIEW_NATIVE]->entry);

	(void)state;
	*entry_of(r, 2) = (*entry_of(r, 2) & ~PAGEFMT_ADDR) | hpa;
	assert_seen(r, "points to another table");
}

static void
a_page_that_the_guest_has_not(void **state)
{
	struct rig *r = new_rig(G_PWU);
	uint64_t *entry = entry_of(r, 1);

	(void)state;
	entry[2] = entry[0];
	assert_seen(r, "maps a page where the guest has none");
}

/* The guest's own entry changes, and nobody tells the shadow. */
static void
a_write_that_passed_unseen(void **state)
{
	struct rig *r = new_rig(G_PWU);
	uint64_t at = rig_entry(r, RIG_PML4, VA, 1);
	uint64_t none = 0;

	(void)state;
	memcpy(gmem_peek(&r->gmem, at), &none, sizeof(none));
	assert_seen(r, "maps a page where the guest has none");
}

static void
a_page_table_that_can_be_written(void **state)
{
	struct rig *r = new_rig(G_PWU | G_D);
	uint64_t table = rig_entry(r, RIG_PML4, VA, 1) & ~0xfffull;

	(void)state;
	rig_map(r, RIG_PML4, VA, table, 1, G_PWU | G_D);
	rig_invlpg(r, VA);
	assert_int_equal(rig_access(r, VA, 0).kind, RIG_OK);
	rig_check(r);
	*entry_of(r, 1) |= PAGEFMT_WRITE;
	assert_seen(r, "makes a traced table writable");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_too_many_to_write),
		cmocka_unit_test(writable_before_it_is_dirty),
		cmocka_unit_test(a_right_too_many_for_ring_3),
		cmocka_unit_test(a_right_too_many_to_execute),
		cmocka_unit_test(a_right_too_many_in_a_directory),
		cmocka_unit_test(another_page),
		cmocka_unit_test(a_frame_of_the_host),
		cmocka_unit_test(another_table),
		cmocka_unit_test(a_page_that_the_guest_has_not),
		cmocka_unit_test(a_write_that_passed_unseen),
		cmocka_unit_test(a_page_table_that_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
