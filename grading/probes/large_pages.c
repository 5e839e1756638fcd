/* SPDX-License-Identifier: MIT */
/*
 * Pages of 2 MiB and 1 GiB show the memory that they name; their reserved bits
 * fault, and so does 1 GiB where CPUID has none; one that is split anew, or
 * moved, is not remembered.
 */
#include "grading/probes/lib/probe.h"

#define EDX_GIB	 (1u << 26)
#define GIB	 (1ul << 30)
#define RESERVED 8u
#define MARK	 0x00c0ffee00c0fffeul

/* Memory of the probe that nothing else uses, at an odd place. */
#define PLACE (4 * MIB + 0x123458)

static void
check_2m(void)
{
	uint64_t *entry = page_map(FREE_GVA, 4 * MIB, PTE_P | PTE_W, 2);

	CHECK_IS(read64(FREE_GVA + 0x123458), MARK);
	*entry |= 1ul << 13;
	invlpg(FREE_GVA);
	CHECK_IS(TRAPS(read64(FREE_GVA)), VEC_PF);
	CHECK(trap.error & RESERVED);
	*entry = (2 * MIB) | PTE_P | PTE_PS; /* elsewhere */
	invlpg(FREE_GVA);
	write64(2 * MIB + 0x123458, ~MARK);
	CHECK_IS(read64(FREE_GVA + 0x123458), ~MARK);
	CHECK_IS(TRAPS(write64(FREE_GVA, 1)), VEC_PF);
	*entry = 0; /* ... and in small pages */
	page_map(FREE_GVA + 0x123000, PLACE & ~0xffful, PTE_P, 1);
	CHECK_IS(read64(FREE_GVA + 0x123458), MARK);
	CHECK_IS(TRAPS(read64(FREE_GVA + 0x124000)), VEC_PF);
}

static void
check_1g(bool offered)
{
	uint64_t gva = FREE_GVA + 4 * GIB;
	uint64_t *entry = page_map(gva, 0, PTE_P | PTE_W, 3);

	if (!offered) {
		CHECK_IS(TRAPS(read64(gva)), VEC_PF);
		CHECK(trap.error & RESERVED);
		return;
	}
	CHECK_IS(read64(gva + PLACE), MARK);
	CHECK_IS(read64(gva + NO_RAM % GIB), ~0ul); /* behind RAM */
	*entry |= 1ul << 20;
	invlpg(gva);
	CHECK_IS(TRAPS(read64(gva)), VEC_PF);
	CHECK(trap.error & RESERVED);
}

/* Without a flush by name: CR3 and PGE forget, too. */
static void
check_flushes(void)
{
	uint64_t *entry = page_map(FREE_GVA, 4 * MIB, PTE_P | 0x100, 2);

	write_cr4(read_cr4() | CR4_PGE);
	CHECK_IS(read64(FREE_GVA + 0x123458), MARK);
	*entry = (2 * MIB) | PTE_P | PTE_PS | 0x100;
	write_cr4(read_cr4() & ~CR4_PGE);
	CHECK_IS(read64(FREE_GVA + 0x123458), ~MARK);
	*entry = (4 * MIB) | PTE_P | PTE_PS;
	write_cr3(read_cr3());
	CHECK_IS(read64(FREE_GVA + 0x123458), MARK);
}

int
main(void)
{
	write64(PLACE, MARK);
	check_2m();
	check_1g(cpuid_told(0x80000001, 0).edx & EDX_GIB);
	*page_entry(FREE_GVA, 2) = 0;
	check_flushes();
	return 0;
}
