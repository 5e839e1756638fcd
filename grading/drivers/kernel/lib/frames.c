/* SPDX-License-Identifier: MIT */
/* All of memory in a driver's hands; contracts in frames.h. */
#include "grading/drivers/kernel/lib/frames.h"

#include "grading/drivers/lib/driver.h"
#include "kernel/lib/string.h"
#include "kernel/mem/pmm.h"

/*
 * The kernel's image lies below, and is not the same size in two builds: what
 * is said of blocks is said of those from here on.
 */
#define HIGH (32ull << 20)

uint64_t
drain(unsigned order, bool aloud)
{
	uint64_t list = 0;

	for (unsigned at = order + 1; at-- > 0;) {
		unsigned n = 0;
		uint64_t hpa;

		while ((hpa = pmm_alloc(at))) {
			uint64_t *words = phys_to_virt(hpa);

			words[0] = list;
			words[1] = at;
			list = hpa;
			n += hpa >= HIGH;
		}
		if (aloud)
			say("order %u: %u blocks", at, n);
	}
	say("free: %zu", pmm_frames_free());
	return list;
}

uint64_t
give_one(uint64_t list)
{
	const uint64_t *words = phys_to_virt(list);
	uint64_t next = words[0], order = words[1];

	pmm_free(list, (unsigned)order);
	return next;
}

uint64_t
take_one(uint64_t list)
{
	uint64_t hpa = pmm_alloc(0), *words = phys_to_virt(hpa);

	if (!hpa)
		return list;
	words[0] = list;
	words[1] = 0;
	return hpa;
}

void
give_all(uint64_t list)
{
	while (list)
		list = give_one(list);
}

void
spoil(unsigned n)
{
	uint64_t list = 0;

	while (n-- > 0)
		list = take_one(list);
	for (uint64_t at = list; at;) {
		uint64_t *words = phys_to_virt(at);

		at = words[0];
		memset(words + 2, 0xff, PAGE_SIZE - 16);
	}
	give_all(list);
}
