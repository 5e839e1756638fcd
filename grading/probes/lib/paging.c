/* SPDX-License-Identifier: MIT */
/* The probe's page tables; contracts in probe.h. */
#include "grading/probes/lib/probe.h"

#define POOL_PAGES 32
#define LEVELS	   4
#define ADDRESS	   0x000ffffffffff000ul

static uint8_t pool[POOL_PAGES][PAGE] __attribute__((aligned(4096)));
static unsigned pool_used;

void *
page_alloc(void)
{
	if (pool_used == POOL_PAGES) {
		guest_print("the probe has no page left\n");
		guest_end(127);
	}
	return pool[pool_used++];
}

static uint64_t *
page_slot(uint64_t *table, uint64_t gva, unsigned level)
{
	return &table[gva >> (12 + 9 * (level - 1)) & 511];
}

uint64_t *
page_entry(uint64_t gva, unsigned level)
{
	uint64_t *table = guest_pml4, *slot;

	for (unsigned l = LEVELS;; l--) {
		slot = page_slot(table, gva, l);
		if (l == level)
			return slot;
		if (!(*slot & PTE_P) || (l < LEVELS && (*slot & PTE_PS)))
			return NULL;
		table = (uint64_t *)(*slot & ADDRESS);
	}
}

uint64_t *
page_map(uint64_t gva, uint64_t gpa, uint64_t flags, unsigned level)
{
	uint64_t *table = guest_pml4, *slot;

	for (unsigned l = LEVELS; l > level; l--) {
		slot = page_slot(table, gva, l);
		if (!(*slot & PTE_P))
			*slot = (uint64_t)page_alloc() | PTE_P | PTE_W | PTE_U;
		table = (uint64_t *)(*slot & ADDRESS);
	}
	slot = page_slot(table, gva, level);
	*slot = gpa | flags | (level > 1 ? PTE_PS : 0);
	invlpg(gva);
	return slot;
}
