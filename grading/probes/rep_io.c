/* SPDX-License-Identifier: MIT */
/*
 * String I/O over the edges: a page that is missing, counts beyond all
 * memory, backwards, an address that wraps.  It stops where the fault is, with
 * the registers as far as it came.
 */
/* exits: 100000 */
#include "grading/probes/lib/probe.h"

#define PORT	   0x80
#define FIRST_EDGE (FREE_GVA + PAGE)

static uint64_t rcx, rsi, rdi;

#define STRING_IO(insn, before)                                                \
	TRAPS(__asm__ volatile(before "1: " insn "\n\tcld"                     \
			       :                                               \
			       : "c"(rcx), "S"(rsi), "D"(rdi), "d"(PORT)       \
			       : "memory"))

static void
check_edge(void)
{
	rcx = 1ul << 63;
	rsi = rdi = FIRST_EDGE - 100;
	CHECK_IS(STRING_IO("rep outsb", ""), VEC_PF);
	CHECK_IS(trap_cr2, FIRST_EDGE);
	CHECK_IS(trap.rsi, FIRST_EDGE);
	CHECK_IS(trap.rcx, (1ul << 63) - 100);
	CHECK_IS(trap.error, 0);
	CHECK_IS(STRING_IO("rep insb", ""), VEC_PF);
	CHECK_IS(trap_cr2, FIRST_EDGE);
	CHECK_IS(trap.rdi, FIRST_EDGE);
	CHECK_IS(trap.rcx, (1ul << 63) - 100);
	CHECK_IS(trap.error, 2);
	CHECK_IS(read8(FIRST_EDGE - 1), 0xff);
	/* a word that is cut by the edge */
	rcx = 3;
	rdi = rsi = FIRST_EDGE - 6;
	CHECK_IS(STRING_IO("rep insl", ""), VEC_PF);
	CHECK_IS(trap.rdi, FIRST_EDGE - 2);
	CHECK_IS(trap.rcx, 2);
	CHECK_IS(STRING_IO("rep outsl", ""), VEC_PF);
	CHECK_IS(trap.rsi, FIRST_EDGE - 2);
}

static void
check_backwards(void)
{
	rcx = ~0ul;
	rsi = rdi = FREE_GVA + 99;
	CHECK_IS(STRING_IO("rep outsb", "std\n"), VEC_PF);
	CHECK_IS(trap.rsi, FREE_GVA - 1);
	CHECK_IS(trap.rcx, ~0ul - 100);
	CHECK_IS(STRING_IO("rep insb", "std\n"), VEC_PF);
	CHECK_IS(trap.rdi, FREE_GVA - 1);
}

static void
check_addresses(void)
{
	uint64_t vector;

	rcx = 8;
	rsi = rdi = 0x00007ffffffffffful - 2;
	vector = STRING_IO("rep outsb", "");
	CHECK(vector == VEC_PF || vector == VEC_GP);
	rsi = rdi = 0x0000800000000000ul;
	CHECK_IS(STRING_IO("rep outsb", ""), VEC_GP);
	CHECK_IS(STRING_IO("rep insb", ""), VEC_GP);
	CHECK_IS(trap.rcx, 8);
	rcx = 0; /* then nothing is looked at */
	CHECK_IS(STRING_IO("rep insb", ""), NO_TRAP);
	/* no memory, and read-only */
	rcx = 64;
	rdi = rsi = NO_RAM;
	CHECK_IS(STRING_IO("rep insl", ""), NO_TRAP);
	CHECK_IS(STRING_IO("rep outsl", ""), NO_TRAP);
	*page_entry(FREE_GVA, 1) &= ~PTE_W;
	invlpg(FREE_GVA);
	rdi = FREE_GVA;
	CHECK_IS(STRING_IO("rep insb", ""), VEC_PF);
	CHECK_IS(trap.error, 3);
	CHECK_IS(trap.rcx, 64);
}

int
main(void)
{
	page_map(FREE_GVA, (uint64_t)page_alloc(), PTE_P | PTE_W, 1);
	check_edge();
	check_backwards();
	check_addresses();
	return 0;
}
