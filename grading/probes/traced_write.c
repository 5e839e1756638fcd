/* SPDX-License-Identifier: MIT */
/*
 * Entries of a page table in use change from one page to another: whoever
 * keeps shadow page tables follows each write, and after CR3 was loaded the
 * new pages are there.  It prints what a write costs, for `make bench`.
 */
#include "grading/probes/lib/probe.h"

#define PAGES  100
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

/* What is at page i: its number, or counted from the other end. */
static void
check_pages(bool turned)
{
	write_cr3(read_cr3());
	for (unsigned i = 0; i < PAGES; i++)
		CHECK_IS(read64(FREE_GVA + i * PAGE),
			turned ? PAGES - 1 - i : i);
}

/* One write a page; returns how long it took. */
static uint64_t
turn(volatile uint64_t *pte, bool back)
{
	uint64_t start = tsc();

	for (unsigned i = 0; i < PAGES; i++)
		pte[i] = frame(back ? i : PAGES - 1 - i) | USED;
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
	print(at);
}

int
main(void)
{
	uint64_t *pte = page_map(FREE_GVA, frame(0), USED, 1);

	for (unsigned i = 0; i < PAGES; i++) {
		pte[i] = frame(i) | USED;
		write64(frame(i), i);
	}
	check_pages(false);
	turn(pte, false);
	check_pages(true);
	print("bench traced ");
	print_decimal(turn(pte, true));
	print(" ");
	print_decimal(PAGES);
	print("\n");
	check_pages(false);
	return 0;
}
