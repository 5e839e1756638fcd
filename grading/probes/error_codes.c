/* SPDX-License-Identifier: MIT */
/*
 * Exceptions push the error codes that they have, and only those (SDM 3A,
 * 6.13), and RIP is that of the instruction for faults, the next for traps.
 */
#include "grading/probes/lib/probe.h"

#define SEL_MISSING   (SEL_FREE)     /* a data segment, not present */
#define SEL_SYSTEM    (SEL_FREE + 8) /* no segment at all */
#define DESC_MISSING  0x00cf13000000fffful
#define NOT_CANONICAL 0x0000800000000000ul

extern const char here[];

static void
load_ds(uint16_t selector)
{
	__asm__ volatile("mov %0, %%ds" : : "r"(selector));
}

static void
load_ss(uint16_t selector)
{
	__asm__ volatile("mov %0, %%ss" : : "r"(selector));
}

static void
check_selectors(void)
{
	gdt[SEL_MISSING / 8] = DESC_MISSING;
	CHECK_IS(TRAPS(load_ds(SEL_MISSING)), VEC_NP);
	CHECK_IS(trap.error, SEL_MISSING);
	CHECK_IS(TRAPS(load_ss(SEL_MISSING)), VEC_SS);
	CHECK_IS(trap.error, SEL_MISSING);
	CHECK_IS(TRAPS(load_ds(SEL_SYSTEM)), VEC_GP);
	CHECK_IS(trap.error, SEL_SYSTEM);
	CHECK_IS(TRAPS(load_ds(0x1000)), VEC_GP);
	CHECK_IS(trap.error, 0x1000);
	CHECK_IS(TRAPS(load_ds(0x1000 | 7)), VEC_GP);
	CHECK_IS(trap.error, 0x1004); /* in the LDT, which is none */
	CHECK_IS(TRAPS(load_ss(SEL_UDATA)), VEC_GP);
	CHECK_IS(trap.error, SEL_UDATA & ~3);
}

static void
check_pages(void)
{
	CHECK_IS(TRAPS(read64(FREE_GVA)), VEC_PF);
	CHECK_IS(trap.error, 0);
	CHECK_IS(TRAPS(write64(FREE_GVA + 8, 1)), VEC_PF);
	CHECK_IS(trap.error, 2);
	CHECK_IS(trap_cr2, FREE_GVA + 8);
	page_map(FREE_GVA, (uint64_t)page_alloc(), PTE_P, 1);
	CHECK_IS(TRAPS(write64(FREE_GVA, 1)), VEC_PF);
	CHECK_IS(trap.error, 3);
	*page_entry(FREE_GVA, 2) |= 1ul << 51;
	invlpg(FREE_GVA);
	CHECK_IS(TRAPS(read64(FREE_GVA)), VEC_PF);
	CHECK_IS(trap.error & ~1ul, 8); /* present: emulators differ */
}

static void
check_addresses(void)
{
	uint64_t vector;

	CHECK_IS(TRAPS(read64(NOT_CANONICAL)), VEC_GP);
	CHECK_IS(trap.error, 0);
	vector = TRAPS(__asm__ volatile("mov %0, %%rbp\n\tmov (%%rbp), %%rax"
					:
					: "r"(NOT_CANONICAL)
					: "rax"));
	/* #SS is right; QEMU has one vector for all */
	CHECK(vector == VEC_SS || vector == VEC_GP);
	CHECK_IS(trap.error, 0);
}

int
main(void)
{
	CHECK_IS(TRAPS(__asm__ volatile("here: int3")), VEC_BP);
	CHECK_IS(trap.rip, (uint64_t)here + 1);
	CHECK_IS(TRAPS(__asm__ volatile("int $0x77")), 0x77);
	CHECK_IS(TRAPS(__asm__ volatile("ud2")), VEC_UD);
	CHECK_IS(TRAPS(__asm__ volatile("divl %0"
					:
					: "r"(0)
					: "eax", "edx")),
		VEC_DE);
	check_selectors();
	check_pages();
	check_addresses();
	return 0;
}
