/* SPDX-License-Identifier: MIT */
/*
 * The rights of pages as CPUID offers them: NX, write protection of ring 0,
 * SMEP and SMAP; changed rights hold at once after INVLPG, and accessed and
 * dirty bits are set.
 */
#include "grading/probes/lib/probe.h"

#define EBX_SMEP (1u << 7)
#define EBX_SMAP (1u << 20)

static uint64_t *entry;

static void
rights(uint64_t flags)
{
	*entry = (*entry & ~(0xffful | PTE_NX)) | flags;
	invlpg(FREE_GVA);
}

static void
call_page(void)
{
	((void (*)(void))FREE_GVA)();
}

static void
check_execute(uint32_t features)
{
	rights(PTE_P | PTE_W);
	CHECK_IS(TRAPS(call_page()), NO_TRAP);
	rights(PTE_P | PTE_W | PTE_NX);
	CHECK_IS(TRAPS(call_page()), VEC_PF);
	CHECK_IS(trap.error, 0x11);
	rights(PTE_P | PTE_U);
	CHECK_IS(TRAPS(call_page()), NO_TRAP);
	if (!(features & EBX_SMEP))
		return;
	write_cr4(read_cr4() | CR4_SMEP);
	CHECK_IS(TRAPS(call_page()), VEC_PF);
	CHECK_IS(trap.error, 0x11);
	write_cr4(read_cr4() & ~CR4_SMEP);
	CHECK_IS(TRAPS(call_page()), NO_TRAP);
}

static void
check_write(void)
{
	rights(PTE_P);
	CHECK_IS(TRAPS(write64(FREE_GVA + 64, 1)), VEC_PF);
	CHECK_IS(trap.error, 3);
	write_cr0(read_cr0() & ~CR0_WP);
	CHECK_IS(TRAPS(write64(FREE_GVA + 64, 1)), NO_TRAP);
	write_cr0(read_cr0() | CR0_WP);
	CHECK_IS(TRAPS(write64(FREE_GVA + 64, 2)), VEC_PF);
	CHECK_IS(read64(FREE_GVA + 64), 1);
}

static void
check_smap(uint32_t features)
{
	if (!(features & EBX_SMAP))
		return;
	rights(PTE_P | PTE_W | PTE_U);
	write_cr4(read_cr4() | CR4_SMAP);
	CHECK_IS(TRAPS(read64(FREE_GVA)), VEC_PF);
	CHECK_IS(trap.error, 1);
	CHECK_IS(TRAPS(__asm__ volatile("stac; mov (%0), %%rax; clac"
					:
					: "r"(FREE_GVA)
					: "rax")),
		NO_TRAP);
	write_cr4(read_cr4() & ~CR4_SMAP);
	CHECK_IS(TRAPS(read64(FREE_GVA)), NO_TRAP);
}

static void
check_marks(void)
{
	rights(PTE_P | PTE_W);
	CHECK_IS(*entry & (PTE_A | PTE_D), 0);
	read64(FREE_GVA);
	CHECK_IS(*entry & (PTE_A | PTE_D), PTE_A);
	write64(FREE_GVA + 64, 1);
	CHECK_IS(*entry & (PTE_A | PTE_D), PTE_A | PTE_D);
}

int
main(void)
{
	uint32_t features = cpuid_told(7, 0).ebx;
	uint8_t *page = page_alloc();

	page[0] = 0xc3; /* ret */
	entry = page_map(FREE_GVA, (uint64_t)page, PTE_P, 1);
	check_execute(features);
	check_write();
	check_smap(features);
	check_marks();
	return 0;
}
