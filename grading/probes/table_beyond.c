/* SPDX-License-Identifier: MIT */
/*
 * Entries that point behind the guest's memory, to where the host has its own:
 * all that the guest finds there is an empty bus.  The canaries and the
 * witness say whether anything was written.
 */
/* exits: 60000 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

#define RAM_END	 (8 * MIB)
#define HOST_RAM (256 * MIB) /* more than the test's machine has */
#define POISON	 0x6b6b6b6b6b6b6b6bul

static void
check_page(uint64_t gva)
{
	CHECK_IS(read64(gva), ~0ul);
	write64(gva, POISON);
	CHECK_IS(read64(gva), ~0ul);
	write64(gva + PAGE - 8, POISON);
	__asm__ volatile("lock incq (%0)" : : "r"(gva) : "memory");
}

int
main(void)
{
	unsigned bits = cpuid_told(0x80000008, 0).eax & 0xff;

	CHECK(bits >= 36 && bits <= 52);
	for (uint64_t gpa = RAM_END; gpa < HOST_RAM; gpa += 2 * MIB) {
		page_map(FREE_GVA, gpa, PTE_P | PTE_W, 2);
		check_page(FREE_GVA);
		check_page(FREE_GVA + 2 * MIB - PAGE);
		*page_entry(FREE_GVA, 2) = 0;
		page_map(FREE_GVA + 4 * MIB, gpa + 5 * PAGE, PTE_P | PTE_W, 1);
		check_page(FREE_GVA + 4 * MIB);
	}
	for (unsigned bit = 32; bit < bits; bit++) {
		page_map(FREE_GVA + 4 * MIB, 1ul << bit, PTE_P | PTE_W, 1);
		check_page(FREE_GVA + 4 * MIB);
	}
	return 0;
}
