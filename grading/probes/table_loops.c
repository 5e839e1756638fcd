/* SPDX-License-Identifier: MIT */
/*
 * Tables that lead to themselves, at every level at once: one whose entries
 * all point to it is a page of half a terabyte, and each of its words shows
 * at each of its addresses.  A store through it can take away its own way.
 */
/* exits: 60000 */
/* check: shadow */
#include "grading/probes/lib/probe.h"

#define SLOT  301ul
#define BASE  (0xffff000000000000ul | SLOT << 39)
#define MARKS (PTE_A | PTE_D)
#define TRIES 300

static uint64_t *loop, seed = 1;

static unsigned
random9(void)
{
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return seed >> 40 & 511;
}

static uint64_t
address(unsigned i3, unsigned i2, unsigned i1, unsigned word)
{
	return BASE | (uint64_t)i3 << 30 | (uint64_t)i2 << 21 |
		(uint64_t)i1 << 12 | word * 8;
}

/* Every way through it leads to it. */
static void
check_everywhere(void)
{
	for (int i = 0; i < TRIES; i++) {
		unsigned word = random9();
		uint64_t at = address(random9(), random9(), random9(), word);

		CHECK_IS(read64(at) & ~MARKS, loop[word] & ~MARKS);
		CHECK_IS(read64(at) & ~MARKS,
			(uint64_t)loop | PTE_P | PTE_W | PTE_U);
	}
}

/* An entry that is gone is gone at every level. */
static void
check_hole(unsigned hole)
{
	uint64_t all = loop[hole];

	write64(address(1, 2, 3, hole), 0);
	write_cr3(read_cr3());
	CHECK_IS(loop[hole], 0);
	CHECK_IS(TRAPS(read64(address(hole, 2, 3, 0))), VEC_PF);
	CHECK_IS(TRAPS(read64(address(1, hole, 3, 0))), VEC_PF);
	CHECK_IS(TRAPS(read64(address(1, 2, hole, 0))), VEC_PF);
	CHECK_IS(TRAPS(write64(address(1, 2, hole, 8), 0)), VEC_PF);
	CHECK_IS(read64(address(1, 2, 3, hole)), 0);
	write64(address(1, 2, 3, hole), all);
	CHECK_IS(read64(address(hole, hole, hole, 5)) & ~MARKS,
		loop[5] & ~MARKS);
}

/* The last way in, closed from inside. */
static void
check_own_end(void)
{
	uint64_t at = address(7, 7, 7, 7);

	for (unsigned i = 0; i < 512; i++)
		if (i != 7)
			loop[i] = 0;
	write_cr3(read_cr3());
	CHECK_IS(read64(at) & PTE_P, PTE_P);
	write64(at, 0);
	write_cr3(read_cr3());
	CHECK_IS(loop[7], 0);
	CHECK_IS(TRAPS(read64(at)), VEC_PF);
	CHECK_IS(trap_cr2, at);
	CHECK_IS(trap.error, 0);
}

int
main(void)
{
	loop = page_alloc();
	for (unsigned i = 0; i < 512; i++)
		loop[i] = (uint64_t)loop | PTE_P | PTE_W | PTE_U;
	guest_pml4[SLOT] = (uint64_t)loop | PTE_P | PTE_W | PTE_U;
	check_everywhere();
	for (unsigned i = 0; i < 10; i++)
		check_hole(8 + i * 50);
	check_everywhere();
	check_own_end();
	return 0;
}
