/* SPDX-License-Identifier: MIT */
/*
 * The two-dimensional walk: how many references it takes for each pair of
 * page sizes, and what is said of it.
 *
 * Over 400 lines because each paging mode and each end of a walk has its case.
 */
/* links: vmm/walk2d.c vmm/walk2d_format.c vmm/gwalk.c vmm/mmu/nested.c
 * vmm/mmu/ept/ept_format.c vmm/mmu/pagetable.c vmm/mmu/pagewalk.c
 * vmm/mmu/pagefmt.c vmm/mmu/pagefmt_text.c vmm/gmem.c vmm/gmem_copy.c
 * kernel/lib/append.c grading/unit/fake_kernel.c */
#include "vmm/walk2d.h"

#include "grading/unit/fake_kernel.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/lib/printf.h"
#include "kernel/mem/pmm.h"
#include "vmm/mmu/ept/ept.h"
#include "vmm/vm.h"
#include "vmm/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIB	 (1ull << 20)
#define GIB	 (1ull << 30)
#define ROOT	 0x10000ull /* the guest's tables, a page each, from here */
#define FLAGS	 (PAGEFMT_PRESENT | PAGEFMT_WRITE | PAGEFMT_USER)
#define AD	 (PAGEFMT_ACCESSED | PAGEFMT_DIRTY)
#define GVA	 0xffff812345678abcull
#define DATA	 (GIB + 6 * MIB + 0x3000) /* where it leads */
#define HOST_OFF 0x4000000000ull	  /* gpa + this is hpa */

static const struct nested_format npt_format = {
	.fmt = &pagefmt_4level, .table = FLAGS | AD, .page = FLAGS | AD
};
static const struct mmu_engine npt = {
	.name = "npt", .nested = true, .walk = nested_walk
};
static const struct mmu_engine ept = {
	.name = "ept", .nested = true, .walk = nested_walk
};
static const struct pagefmt_cpu cpu = {
	.phys_bits = 52, .nx = true, .gib_pages = true
};

static struct vm vm;
static struct vcpu vcpu;
static struct gwalk_mode mode;
static struct walk2d walk;
static char text[4096];

struct cpuid
cpuid_query(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf, (void)subleaf;
	return (struct cpuid){ 0 };
}

enum verdict
vcpu_stop(struct vcpu *v, const char *fmt, ...)
{
	(void)v, (void)fmt;
	return VERDICT_STOP;
}

static void
put(uint64_t gpa, uint64_t entry)
{
	assert_int_equal(gmem_write(&vm.gmem, gpa, &entry, sizeof(entry)), 0);
}

/* The guest maps GVA to DATA by a page of this level. */
static void
guest_maps(unsigned page)
{
	uint64_t table = ROOT;

	for (unsigned level = 4; level > page; level--, table += 0x1000)
		put(table + pagefmt_offset(&pagefmt_4level, level, GVA),
			(table + 0x1000) | FLAGS);
	put(table + pagefmt_offset(&pagefmt_4level, page, GVA),
		(DATA & ~((1ull << pagefmt_shift(&pagefmt_4level, page)) - 1)) |
			FLAGS | AD | (page > 1 ? PAGEFMT_LEAF : 0));
}

/* Nested tables map all that a walk may touch, by pages of this level. */
static void
host_maps(unsigned page)
{
	struct nested *n = to_nested(vm.mmu);
	uint64_t size = 1ull << pagefmt_shift(&pagefmt_4level, page);
	uint64_t ends[] = { ROOT, ROOT + 0x4000, GIB, GIB + 88 * MIB };

	for (unsigned i = 0; i < 4; i += 2)
		for (uint64_t at = ends[i] & ~(size - 1); at < ends[i + 1];
			at += size)
			assert_true(
				pagetable_map(&n->table, at, page,
					(at + HOST_OFF) | n->format->page |
						n->format->fmt->write) >= 0);
}

static void
start(const struct mmu_engine *engine, const struct nested_format *format)
{
	memset(&vm, 0, sizeof(vm));
	gmem_init(&vm.gmem);
	assert_int_equal(gmem_add(&vm.gmem, 0, 2 * MIB, GMEM_RAM), 0);
	vm.mmu = nested_init(&vm, engine, format, &cpu, 0);
	mode = (struct gwalk_mode){
		.cr0 = CR0_PE | CR0_PG | CR0_WP,
		.cr3 = ROOT,
		.cr4 = CR4_PAE,
		.efer = EFER_LME | EFER_LMA | EFER_NXE,
		.gib_pages = true,
		.phys_bits = 48,
	};
}

static void
stop(void)
{
	nested_fini(vm.mmu);
	gmem_fini(&vm.gmem);
	assert_int_equal(fake_frames_used, 0);
}

static int
setup(void **state)
{
	(void)state;
	fake_reset();
	start(&npt, &npt_format);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	stop();
	return 0;
}

/* No line is wider than a projector shows. */
static void
check_columns(void)
{
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");

		if (n > 80 || line[n] != '\n')
			fail_msg("%zu columns: %.*s", n, (int)n, line);
		line += n + 1;
	}
}

static void
walk_to(uint64_t gva)
{
	size_t pos = 0;

	walk2d(&walk, &mode, vm.mmu, &vcpu, gva);
	text[0] = '\0';
	walk2d_format(&walk, text, sizeof(text), &pos);
	check_columns();
}

static void
expect_text(const char *words)
{
	if (!strstr(text, words))
		fail_msg("no '%s' in:\n%s", words, text);
}

/* Every reference of a walk over n and m levels lies where it must. */
static void
check_references(unsigned n, unsigned m)
{
	for (unsigned i = 0; i < walk.refs; i++) {
		const struct walk2d_ref *ref = &walk.ref[i];
		unsigned row = i / (m + 1), column = i % (m + 1);

		assert_int_equal(ref->guest, column == m);
		assert_int_equal(ref->level, 4 - (ref->guest ? row : column));
		if (ref->guest)
			assert_int_equal(ref->hpa, ref->gpa + HOST_OFF);
		else
			assert_int_equal(ref->gpa,
				row == n ? DATA | (GVA & 0xfff)
					 : walk.ref[row * (m + 1) + m].gpa);
	}
}

static void
check_pair(unsigned guest_page, unsigned host_page)
{
	unsigned n = 5 - guest_page, m = 5 - host_page;
	uint64_t low = (1ull << pagefmt_shift(&pagefmt_4level, guest_page)) - 1;
	char sum[64];

	guest_maps(guest_page);
	host_maps(host_page);
	walk_to(GVA);
	assert_int_equal(walk.end, WALK2D_PAGE);
	assert_int_equal(walk.refs, (n + 1) * (m + 1) - 1);
	assert_int_equal(walk.gpa, (DATA & ~low) | (GVA & low));
	assert_int_equal(walk.hpa, walk.gpa + HOST_OFF);
	snprintf(sum, sizeof(sum),
		"\n%u references = (%u + 1)(%u + 1) - 1:", walk.refs, n, m);
	expect_text(sum);
	if (guest_page == 1)
		check_references(n, m);
}

/* 24, 19, 14; 19, 15, 11; 14, 11, 8 */
static void
walk2d_counts_every_pair_of_page_sizes(void **state)
{
	(void)state;
	stop();
	for (unsigned guest = 1; guest <= 3; guest++)
		for (unsigned host = 1; host <= 3; host++) {
			start(&npt, &npt_format);
			check_pair(guest, host);
			stop();
			start(&ept, &ept_format);
			check_pair(guest, host);
			expect_text("  ept        4");
			expect_text(" WB\n");
			stop();
		}
	start(&npt, &npt_format);
}

static void
walk2d_small_pages_take_24(void **state)
{
	(void)state;
	check_pair(1, 1);
	assert_int_equal(walk.refs, 24);
	expect_text("gva ffff812345678abc is gpa 40603abc (4 KiB page)\n"
		    "and hpa 4040603abc (4 KiB page, by the npt)\n"
		    "24 references = (4 + 1)(4 + 1) - 1: 4 levels of the "
		    "guest, 4 of the npt\n");
}

static void
walk2d_of_mixed_nested_pages_just_counts(void **state)
{
	struct nested *n = to_nested(vm.mmu);

	(void)state;
	guest_maps(1);
	host_maps(2);
	assert_int_equal(pagetable_map(&n->table, DATA, 1,
				 ((DATA & ~0xfffull) + HOST_OFF) | FLAGS),
		1);
	walk_to(GVA);
	assert_int_equal(walk.refs, 20);
	expect_text("20 references: 4 to the guest's tables, 16 to the npt\n");
}

/* The guest's tables by mode: 32-bit with two levels, PAE with three. */
static void
walk2d_knows_the_guests_modes(void **state)
{
	const uint32_t pde = (ROOT + 0x1000) | FLAGS, pte = 0x5000 | FLAGS;

	(void)state;
	host_maps(2);
	mode.efer = 0;
	mode.cr4 = 0;
	assert_int_equal(gmem_write(&vm.gmem, ROOT + 4, &pde, 4), 0);
	assert_int_equal(gmem_write(&vm.gmem, ROOT + 0x1004, &pte, 4), 0);
	walk_to(0x401123);
	assert_int_equal(walk.gpa, 0x5123);
	assert_int_equal(walk.refs, (2 + 1) * (3 + 1) - 1);
	expect_text("401123 by 32-bit paging");
	mode.cr4 = CR4_PAE;
	put(ROOT, (ROOT + 0x1000) | PAGEFMT_PRESENT);
	put(ROOT + 0x1010, (ROOT + 0x2000) | FLAGS);
	put(ROOT + 0x2008, 0x7000 | FLAGS);
	walk_to(0x401123);
	assert_int_equal(walk.gpa, 0x7123);
	assert_int_equal(walk.refs, (3 + 1) * (3 + 1) - 1);
	expect_text("401123 by PAE paging");
	walk_to(1ull << 32);
	assert_int_equal(walk.end, WALK2D_NO_ADDRESS);
	mode.cr0 = CR0_PE;
	walk_to(0x401123);
	assert_int_equal(walk.refs, walk.most);
	expect_text("401123 by no paging");
}

static void
walk2d_says_where_the_guest_faults(void **state)
{
	(void)state;
	guest_maps(1);
	host_maps(2);
	put(ROOT + 0x2000 + pagefmt_offset(&pagefmt_4level, 2, GVA), 0);
	walk_to(GVA);
	assert_int_equal(walk.end, WALK2D_GUEST_FAULT);
	assert_int_equal(walk.refs, 12);
	expect_text("level 2 entry leads nowhere: it is not present.");
	put(ROOT + 0x2000 + pagefmt_offset(&pagefmt_4level, 2, GVA),
		FLAGS | PAGEFMT_LEAF | 0x6000);
	walk_to(GVA);
	assert_int_equal(walk.end, WALK2D_GUEST_FAULT);
	expect_text("  bad\n");
	expect_text("level 2 entry leads nowhere: reserved bits 0x6000 are "
		    "set.");
}

static void
walk2d_says_where_the_nested_tables_end(void **state)
{
	(void)state;
	guest_maps(1);
	walk_to(GVA);
	assert_int_equal(walk.end, WALK2D_HOST_FAULT);
	assert_int_equal(walk.refs, 1);
	expect_text("  absent\nThe npt leads nowhere yet:");
}

static void
walk2d_of_what_is_no_address_is_one_line(void **state)
{
	(void)state;
	walk_to(1ull << 47);
	assert_string_equal(text,
		"800000000000 is not canonical: an access is "
		"a #GP or #SS before any walk\n");
}

/* A shadow: what stands in the host's tables for GVA itself. */
static struct pagetable shadow;

static enum pagewalk_end
shadow_walk(struct mmu *mmu, struct vcpu *v, uint64_t gva, struct pagewalk *out)
{
	(void)mmu, (void)v;
	return pagewalk(NULL, shadow.fmt, &cpu, shadow.root, gva, out);
}

static void
walk2d_shows_the_shadow_beside_the_guest(void **state)
{
	const struct mmu_engine engine = { .name = "shadow",
		.walk = shadow_walk };
	const struct mmu_engine *ops = vm.mmu->ops;

	(void)state;
	assert_int_equal(pagetable_init(&shadow, &pagefmt_4level, FLAGS), 0);
	vm.mmu->ops = &engine;
	guest_maps(2);
	walk_to(GVA);
	assert_int_equal(walk.end, WALK2D_HOST_FAULT);
	expect_text("The shadow leads nowhere yet:");
	assert_int_equal(
		pagetable_map(&shadow, GVA, 1, 0x7000 | FLAGS | AD), 0);
	walk_to(GVA);
	assert_int_equal(walk.end, WALK2D_PAGE);
	assert_int_equal(walk.hpa, 0x7abc);
	assert_int_equal(walk.guest_refs, 3);
	assert_int_equal(walk.refs, 7);
	expect_text("4 references: the CPU walks the shadow alone. "
		    "The guest's 3 are the VMM's.\n");
	vm.mmu->ops = ops;
	pagetable_fini(&shadow);
}

static void
flags_are(const struct pagefmt *fmt, unsigned level, uint64_t entry,
	const char *expected)
{
	char flags[PAGEFMT_FLAGS_MAX];

	pagefmt_flags(fmt, level, entry, flags);
	assert_string_equal(flags, expected);
}

static void
pagefmt_flags_name_the_bits(void **state)
{
	(void)state;
	flags_are(&pagefmt_4level, 4, 0x1027, "wuxa");
	flags_are(&pagefmt_4level, 1, PAGEFMT_NX | 0x1161, "rs-adG");
	flags_are(&pagefmt_4level, 2, 0x2000e3, "wsxadP");
	flags_are(&pagefmt_pae, 3, 0x1001, "");
	flags_are(&pagefmt_32, 1, 0x1005, "rux");
	flags_are(&pagefmt_ept, 4, 0x1107, "rwxa");
	flags_are(&pagefmt_ept, 2, 0x2003f7, "rwxadP WB");
	flags_are(&pagefmt_ept, 1, 0x1001, "r-- UC+PAT");
	flags_are(&pagefmt_ept, 1, 0x103c, "--x ?7+PAT");
}

#define walk_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		walk_test(walk2d_counts_every_pair_of_page_sizes),
		walk_test(walk2d_small_pages_take_24),
		walk_test(walk2d_of_mixed_nested_pages_just_counts),
		walk_test(walk2d_knows_the_guests_modes),
		walk_test(walk2d_says_where_the_guest_faults),
		walk_test(walk2d_says_where_the_nested_tables_end),
		walk_test(walk2d_of_what_is_no_address_is_one_line),
		walk_test(walk2d_shows_the_shadow_beside_the_guest),
		walk_test(pagefmt_flags_name_the_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
