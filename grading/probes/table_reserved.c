/* SPDX-License-Identifier: MIT */
/*
 * Each reserved bit of each level's entry faults, and only there; without
 * EFER.NXE bit 63 is one of them (APM 2, 5.4; SDM 3A, 4.7).
 */
/* exits: 60000 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

#define RESERVED 8u

static void
check_bit(uint64_t *entry, unsigned bit)
{
	uint64_t good = *entry;

	*entry = good | 1ul << bit;
	write_cr3(read_cr3());
	CHECK_IS(TRAPS(read64(FREE_GVA)), VEC_PF);
	CHECK_IS(trap.error & ~1ul, RESERVED); /* present: emulators differ */
	CHECK_IS(trap_cr2, FREE_GVA);
	CHECK_IS(TRAPS(write64(FREE_GVA, 1)), VEC_PF);
	CHECK_IS(trap.error & ~1ul, RESERVED | 2);
	*entry = good;
	write_cr3(read_cr3());
	CHECK_IS(read64(FREE_GVA), 0);
}

static void
check_level(unsigned level, unsigned phys_bits)
{
	uint64_t *entry = page_entry(FREE_GVA, level);

	for (unsigned bit = phys_bits; bit < 52; bit++)
		check_bit(entry, bit);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_NXE);
	check_bit(entry, 63);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	if (level == 4)
		check_bit(entry, 7); /* there is no page of that size */
}

int
main(void)
{
	unsigned phys_bits = cpuid_told(0x80000008, 0).eax & 0xff;

	page_map(FREE_GVA, (uint64_t)page_alloc(), PTE_P | PTE_W, 1);
	for (unsigned level = 1; level <= 4; level++)
		check_level(level, phys_bits);
	*page_entry(FREE_GVA, 2) = 0;
	page_map(FREE_GVA, 4 * MIB, PTE_P | PTE_W, 2);
	for (unsigned bit = 13; bit < 21; bit++)
		check_bit(page_entry(FREE_GVA, 2), bit);
	return 0;
}
