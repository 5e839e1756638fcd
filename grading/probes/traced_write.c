/* SPDX-License-Identifier: MIT */
/*
 * Entries of a page table in use change, to another page and to fewer rights:
 * whoever keeps shadow page tables follows each write, and what was written
 * holds after CR3 was loaded.  It prints what a write costs that takes the
 * write right away, as fork() does page by page, for `make bench`.
 */
#include "grading/probes/lib/probe.h"

#define PAGES  64
#define FRAMES (4 * MIB) /* RAM that nothing else uses */
#define USED   (PTE_P | PTE_W | PTE_A | PTE_D)

static uint64_t
frame(unsigned i)
{
	return FRAMES + i * PAGE;
}

static uint64_t
tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* What the pages hold, and whether the first can be written. */
static void
check_pages(bool turned, bool writable)
{
	write_cr3(read_cr3());
	for (unsigned i = 0; i < PAGES; i++)
		CHECK_IS(read64(FREE_GVA + i * PAGE),
			turned ? PAGES - 1 - i : i);
	CHECK_IS(TRAPS(write64(FREE_GVA, turned ? PAGES - 1 : 0)),
		writable ? NO_TRAP : VEC_PF);
}

/* One write a page; returns how long it took. */
static uint64_t
write_entries(volatile uint64_t *pte, uint64_t flags)
{
	uint64_t start = tsc();

	for (unsigned i = 0; i < PAGES; i++)
		pte[i] = frame(PAGES - 1 - i) | flags;
	return tsc() - start;
}

static void
print_decimal(uint64_t value)
{
	char text[21], *at = text + 20;

	*at = '\0';
	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	guest_print(at);
}

int
main(void)
{
	uint64_t *pte = page_map(FREE_GVA, frame(0), USED, 1);

	for (unsigned i = 0; i < PAGES; i++) {
		write64(frame(i), i);
		pte[i] = frame(i) | USED;
	}
	check_pages(false, true);
	write_entries(pte, USED);
	check_pages(true, true);
	guest_print("bench traced ");
	print_decimal(write_entries(pte, USED & ~PTE_W));
	guest_print(" ");
	print_decimal(PAGES);
	guest_print("\n");
	check_pages(true, false);
	return 0;
}
