/* SPDX-License-Identifier: MIT */
/*
 * Code that lies in the page table that maps it, and stores into it: over its
 * own next instruction, over its own instruction, and over its own mapping.
 * Each store is emulated by a VMM that traces tables, and what is executed is
 * always what is there.
 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

#define OWN   9u /* the table's entry for itself */
#define ALIAS (FREE_GVA + OWN * PAGE)

/* mov %rax, (%rdi); cpuid or two nops; ret: not present, as an entry */
#define CODE_CPUID 0x0000c3a20f078948ul
#define CODE_NOPS  0x0000c39090078948ul
/* mov %rax, (%rdi); ud2 */
#define CODE_UD2 0x00000b0f00078948ul

static uint64_t *table;

static uint64_t
run(uint64_t word, uint64_t rax, uint64_t *to)
{
	__asm__ volatile("call *%2"
			 : "+a"(rax)
			 : "D"(to), "r"(ALIAS + word * 8), "c"(0)
			 : "rbx", "rdx", "memory");
	return rax;
}

int
main(void)
{
	uint64_t *elsewhere = page_alloc(), vector;

	page_map(FREE_GVA, (uint64_t)page_alloc(), PTE_P, 1);
	table = (uint64_t *)(*page_entry(FREE_GVA, 2) & ~0xffful);
	page_map(ALIAS, (uint64_t)table, PTE_P | PTE_W, 1);
	for (int i = 0; i < 20; i++) {
		table[100] = CODE_CPUID;
		CHECK(run(100, 0x40, elsewhere) != 0x40);
		CHECK_IS(*elsewhere, 0x40);
		/* CPUID becomes two NOPs before it is reached */
		CHECK_IS(run(100, CODE_NOPS, &table[100]), CODE_NOPS);
		/* through its own mapping, and an entry beside it */
		table[100] = CODE_CPUID;
		CHECK_IS(run(100, CODE_NOPS, (uint64_t *)(ALIAS + 800)),
			CODE_NOPS);
		CHECK_IS(run(100, (uint64_t)elsewhere | PTE_P, &table[20]),
			(uint64_t)elsewhere | PTE_P);
		CHECK_IS(read64(FREE_GVA + 20 * PAGE), 0x40);
		table[20] = 0;
		invlpg(FREE_GVA + 20 * PAGE);
	}
	/* its own mapping goes: it ends when the CPU forgets it, at the latest
	 */
	vector = TRAPS(run(100, 0, &table[OWN]));
	CHECK(vector == NO_TRAP || vector == VEC_PF);
	CHECK_IS(table[OWN], 0);
	invlpg(ALIAS);
	CHECK_IS(TRAPS(run(100, 0, elsewhere)), VEC_PF);
	CHECK_IS(trap_cr2, ALIAS + 800);
	return 0;
}
