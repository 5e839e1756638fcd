/* SPDX-License-Identifier: MIT */
/* Self-tests of frames, objects and page tables in the running kernel. */
#include "kernel/cpu/asm.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/msr.h"
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mem/kheap.h"
#include "kernel/mem/paging.h"
#include "kernel/mem/pmm.h"
#include "kernel/proc/thread.h"

extern char kernel_text_start[];

/*
 * The counts of free frames are compared before and after, so nothing else
 * may run in between: these tests ask for few frames and keep interrupts off.
 */
static bool
pmm_order_restores(unsigned order)
{
	size_t before, during;
	uint64_t hpa;

	irq_disable();
	before = pmm_frames_free();
	hpa = pmm_alloc(order);
	during = pmm_frames_free();
	if (hpa)
		pmm_free(hpa, order);
	irq_enable();
	return hpa && hpa % (PAGE_SIZE << order) == 0 &&
		before - during == 1ul << order;
}

static int
pmm_blocks_are_aligned_and_counted(void)
{
	for (unsigned order = 0; order <= PMM_ORDER_2M; order++)
		selftest_check(pmm_order_restores(order));
	return SELFTEST_PASS;
}
SELFTEST(pmm_blocks_are_aligned_and_counted);

static int
pmm_references_keep_a_frame(void)
{
	uint64_t hpa = pmm_alloc_zeroed(0);

	selftest_check(hpa && pmm_refs(hpa) == 1);
	pmm_ref(hpa);
	pmm_free(hpa, 0);
	selftest_check(pmm_refs(hpa) == 1);
	pmm_free(hpa, 0);
	return SELFTEST_PASS;
}
SELFTEST(pmm_references_keep_a_frame);

/* Blocks that are held at the same time never overlap. */
static int
pmm_blocks_do_not_overlap(void)
{
	enum {
		COUNT = 64
	};
	uint64_t hpa[COUNT];
	bool good = true;

	for (unsigned i = 0; i < COUNT; i++) {
		hpa[i] = pmm_alloc(i % 4);
		selftest_check(hpa[i]);
		memset(phys_to_virt(hpa[i]), (int)i, PAGE_SIZE << (i % 4));
	}
	for (unsigned i = 0; i < COUNT; i++) {
		const uint8_t *bytes = phys_to_virt(hpa[i]);

		for (size_t at = 0; at < PAGE_SIZE << (i % 4); at += 64)
			good = good && bytes[at] == i;
		pmm_free(hpa[i], i % 4);
	}
	selftest_check(good);
	return SELFTEST_PASS;
}
SELFTEST(pmm_blocks_do_not_overlap);

static int
kheap_objects_do_not_overlap(void)
{
	enum {
		COUNT = 200
	};
	uint8_t *object[COUNT];
	bool good = true;

	for (size_t i = 0; i < COUNT; i++) {
		object[i] = kmalloc(i * 13 + 1);
		selftest_check(object[i] && (uint64_t)object[i] % 16 == 0);
		memset(object[i], (int)i, i * 13 + 1);
	}
	for (size_t i = 0; i < COUNT; i++) {
		for (size_t at = 0; at < i * 13 + 1; at++)
			good = good && object[i][at] == i;
		kfree(object[i]);
	}
	selftest_check(good);
	return SELFTEST_PASS;
}
SELFTEST(kheap_objects_do_not_overlap);

static int
kheap_gives_frames_back(void)
{
	size_t before, after;
	void *object[64];

	irq_disable();
	before = kheap_bytes();
	for (int i = 0; i < 64; i++)
		object[i] = kmalloc(700);
	for (int i = 0; i < 64; i++)
		kfree(object[i]);
	after = kheap_bytes();
	irq_enable();
	selftest_check(before == after);
	return SELFTEST_PASS;
}
SELFTEST(kheap_gives_frames_back);

/* What a walk over all of the kernel's mappings finds. */
struct census {
	size_t pages, writable_executable, user;
};

static void
census_take(struct census *census, uint64_t table, int level, uint64_t rights)
{
	const uint64_t *entry = phys_to_virt(table);

	for (int i = level == 3 ? 256 : 0; i < 512; i++) {
		uint64_t e = entry[i], all;

		if (!(e & PTE_P))
			continue;
		/* W and U must be set on every level, NX on any */
		all = (rights & e & (PTE_W | PTE_U)) | ((rights | e) & PTE_NX);
		if (level > 0 && !(e & PTE_PS)) {
			census_take(census, e & PTE_ADDR, level - 1, all);
			continue;
		}
		census->pages++;
		census->user += (all & PTE_U) != 0;
		census->writable_executable += (all & PTE_W) && !(all & PTE_NX);
	}
}

static int
paging_no_page_is_writable_and_executable(void)
{
	struct census census = { 0 };

	census_take(&census, kernel_root, 3, PTE_W | PTE_U);
	selftest_check(census.pages > 100);
	selftest_check(census.writable_executable == 0);
	selftest_check(census.user == 0);
	return SELFTEST_PASS;
}
SELFTEST(paging_no_page_is_writable_and_executable);

static int
paging_direct_map_shows_text_read_only(void)
{
	uint64_t text = (uint64_t)kernel_text_start - KERNEL_BASE;
	uint64_t *pte = pte_lookup(kernel_root, DIRECT_MAP_BASE + text, false);

	selftest_check(pte && *pte & PTE_P && !(*pte & PTE_W));
	return SELFTEST_PASS;
}
SELFTEST(paging_direct_map_shows_text_read_only);

static int
paging_guard_page_below_the_stack(void)
{
	uint64_t stack = (uint64_t)thread_current()->stack;
	uint64_t *first = pte_lookup(kernel_root, stack, false);
	uint64_t *guard = pte_lookup(kernel_root, stack - PAGE_SIZE, false);

	selftest_check(first && *first & PTE_P);
	selftest_check(guard && !(*guard & PTE_P));
	return SELFTEST_PASS;
}
SELFTEST(paging_guard_page_below_the_stack);

static bool
control_matches(enum cpu_feature feature, uint64_t bit)
{
	return cpu_has(feature) == !!(read_cr4() & bit);
}

static int
cpu_protections_are_on(void)
{
	selftest_check(read_cr0() & CR0_WP);
	selftest_check(rdmsr(MSR_EFER) & EFER_NXE);
	selftest_check(control_matches(CPU_SMEP, CR4_SMEP));
	selftest_check(control_matches(CPU_SMAP, CR4_SMAP));
	selftest_check(control_matches(CPU_UMIP, CR4_UMIP));
	return SELFTEST_PASS;
}
SELFTEST(cpu_protections_are_on);
