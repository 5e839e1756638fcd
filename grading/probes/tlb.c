/* SPDX-License-Identifier: MIT */
/*
 * What is changed and flushed is never seen again: by INVLPG, by CR3, by a
 * change of CR4.PGE; from ring 3 as from ring 0; a page that is split, joined,
 * moved or cleaned (XSA-286 was a flush that did not reach all).
 */
/* exits: 60000 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

#define PTE_G  0x100ul
#define OTHER  (FREE_GVA + 512 * 4 * MIB) /* by another table of level 3 */
#define MARKS  (PTE_A | PTE_D)
#define ROUNDS 60

static uint64_t *a, *b, *entry;

static void
flush(unsigned how)
{
	if (how % 3 == 0) {
		invlpg(FREE_GVA);
	} else if (how % 3 == 1) {
		write_cr3(read_cr3());
	} else {
		write_cr4(read_cr4() ^ CR4_PGE);
		write_cr4(read_cr4() ^ CR4_PGE);
	}
}

static void
check_moves(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t *now = i & 1 ? a : b;

		*entry = (uint64_t)now | PTE_P | PTE_W;
		flush(i);
		CHECK_IS(read64(FREE_GVA), *now);
		write64(FREE_GVA + 8, i);
		CHECK_IS(now[1], i);
		*entry = 0;
		flush(i);
		CHECK_IS(TRAPS(read64(FREE_GVA)), VEC_PF);
		CHECK_IS(TRAPS(write64(FREE_GVA, 0)), VEC_PF);
	}
}

/* Accessed and dirty bits that are cleared come back with the next use. */
static void
check_marks(void)
{
	*entry = (uint64_t)a | PTE_P | PTE_W;
	for (unsigned i = 0; i < ROUNDS; i++) {
		*entry &= ~MARKS;
		flush(i);
		read64(FREE_GVA);
		CHECK_IS(*entry & MARKS, PTE_A);
		write64(FREE_GVA + 8, i);
		CHECK_IS(*entry & MARKS, MARKS);
		*entry &= ~PTE_D;
		flush(i);
		read64(FREE_GVA);
		CHECK_IS(*entry & MARKS, PTE_A);
		write64(FREE_GVA + 8, i);
		CHECK_IS(*entry & MARKS, MARKS);
	}
}

/* The same table by two ways: what one way makes, the other shows. */
static void
check_alias(void)
{
	uint64_t *top = page_entry(FREE_GVA, 2), *other;

	page_map(OTHER, 0, PTE_P, 1);
	other = page_entry(OTHER, 2);
	*other = *top;
	write_cr3(read_cr3());
	for (unsigned i = 0; i < ROUNDS; i++) {
		*entry = (uint64_t)(i & 1 ? a : b) | PTE_P | PTE_W;
		invlpg(OTHER);
		invlpg(FREE_GVA);
		CHECK_IS(read64(OTHER), read64(FREE_GVA));
		CHECK_IS(read64(OTHER), i & 1 ? *a : *b);
	}
	*other &= ~PTE_W;
	write_cr3(read_cr3());
	CHECK_IS(TRAPS(write64(FREE_GVA, *b)), NO_TRAP);
	CHECK_IS(TRAPS(write64(OTHER, 1)), VEC_PF);
	CHECK_IS(trap.error, 3);
	*other |= PTE_W;
	CHECK_IS(TRAPS(write64(OTHER, *b)), NO_TRAP);
}

USER_CODE(user_read, "mov $0x600000000000, %rax\n\tmov (%rax), %rbx");

static void
check_user(void)
{
	for (unsigned i = 0; i < 12; i++) {
		*entry = (uint64_t)(i & 1 ? a : b) | PTE_P | PTE_U;
		flush(i);
		CHECK_IS(USER_RUN(user_read), VEC_BP);
		CHECK_IS(trap.rbx, i & 1 ? *a : *b);
		*entry &= ~PTE_U;
		flush(i);
		CHECK_IS(USER_RUN(user_read), VEC_PF);
		CHECK_IS(trap.error, 5);
		CHECK_IS(read64(FREE_GVA), i & 1 ? *a : *b);
	}
}

/* A large page and a table of small ones take turns. */
static void
check_split(void)
{
	uint64_t *pd = page_entry(FREE_GVA, 2), table = *pd;

	write64(4 * MIB, 0x4);
	for (unsigned i = 0; i < ROUNDS; i++) {
		*pd = (4 * MIB) | PTE_P | PTE_W | PTE_PS;
		flush(i);
		CHECK_IS(read64(FREE_GVA), 0x4);
		write64(FREE_GVA + 0x1000, i);
		*pd = table;
		*entry = (uint64_t)a | PTE_P | PTE_W;
		flush(i);
		CHECK_IS(read64(FREE_GVA), *a);
		CHECK_IS(TRAPS(read64(FREE_GVA + 0x1000)), VEC_PF);
	}
	CHECK_IS(read64(4 * MIB + 0x1000), ROUNDS - 1);
}

/* A global page outlives CR3, and not INVLPG. */
static void
check_global(void)
{
	write_cr4(read_cr4() | CR4_PGE);
	*entry = (uint64_t)a | PTE_P | PTE_G;
	invlpg(FREE_GVA);
	CHECK_IS(read64(FREE_GVA), *a);
	*entry = (uint64_t)b | PTE_P | PTE_G;
	invlpg(FREE_GVA);
	CHECK_IS(read64(FREE_GVA), *b);
	write_cr4(read_cr4() & ~CR4_PGE);
}

int
main(void)
{
	a = page_alloc();
	b = page_alloc();
	*a = 0xaaa;
	*b = 0xbbb;
	entry = page_map(FREE_GVA, 0, PTE_P, 1);
	*page_entry(FREE_GVA, 2) |= PTE_U;
	check_moves();
	check_marks();
	check_alias();
	check_user();
	check_split();
	check_global();
	return 0;
}
