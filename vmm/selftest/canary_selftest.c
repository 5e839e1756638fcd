/* SPDX-License-Identifier: MIT */
/*
 * Canaries: frames of the host that no guest has any business with, between
 * those that guests get.  They are filled at boot; whoever lets a guest loose
 * runs this self-test behind it.  So does the test of what the host and a
 * guest in ring 3 share, the trampoline's code.
 */
#include "kernel/lib/initcall.h"
#include "kernel/lib/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mem/paging.h"
#include "kernel/mem/pmm.h"
#include "vmm/cpu/ring3/ring3.h"

#define CANARIES 8
#define WORDS	 (PAGE_SIZE / sizeof(uint64_t))
#define SEED	 0x9e3779b97f4a7c15ull

/* A registry of frames, written at boot alone. */
static uint64_t canaries[CANARIES]; /* hpa; 0: there was no memory */

/* A value for each place. */
static uint64_t
canary_word(uint64_t hpa, size_t i)
{
	return (hpa + i) * SEED;
}

static void
canary_make(void)
{
	for (unsigned n = 0; n < CANARIES; n++) {
		uint64_t hpa = pmm_alloc(0), *word;

		if (!hpa)
			return;
		word = phys_to_virt(hpa);
		for (size_t i = 0; i < WORDS; i++)
			word[i] = canary_word(hpa, i);
		canaries[n] = hpa;
	}
}

INITCALL(INIT_LATE, canary_make);

static int
vmm_canaries_are_unchanged(void)
{
	for (unsigned n = 0; n < CANARIES; n++) {
		const uint64_t *word = phys_to_virt(canaries[n]);

		selftest_check(canaries[n]);
		for (size_t i = 0; i < WORDS; i++)
			selftest_check(word[i] == canary_word(canaries[n], i));
	}
	return SELFTEST_PASS;
}
SELFTEST(vmm_canaries_are_unchanged);

static int
vmm_trampoline_is_unchanged(void)
{
	size_t size = (size_t)(ring3_trampoline_end - ring3_trampoline);

	if (!ring3_trampoline_ready())
		return SELFTEST_SKIP;
	for (unsigned i = 0; i < WINDOW_COUNT; i++)
		selftest_check(!memcmp((const void *)window_address(i, 0),
			ring3_trampoline, size));
	return SELFTEST_PASS;
}
SELFTEST(vmm_trampoline_is_unchanged);
