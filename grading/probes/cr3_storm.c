/* SPDX-License-Identifier: MIT */
/*
 * Hundreds of top tables full of garbage, each with the one entry that the code
 * needs: whatever is touched through them either faults or is the memory that
 * the garbage names, and no shadow of them is kept for ever.
 */
/* exits: 200000 */
#include "grading/probes/lib/probe.h"

#define FIRST (3 * MIB)
#define ROOTS 300 /* more than there is room for */
#define TABLE ((volatile uint64_t *)at)

static uint64_t seed = 7;

static uint64_t
random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* The address lies anywhere but in the first entry. */
static uint64_t
somewhere(void)
{
	uint64_t at = random64() & 0x0000fffffffffffful;

	at |= 1ul << 40;
	return at >> 47 ? at | 0xffff000000000000ul : at;
}

int
main(void)
{
	uint64_t cr3 = read_cr3();

	for (unsigned i = 0; i < ROOTS; i++) {
		uint64_t at = FIRST + i * PAGE;

		for (unsigned n = 1; n < 512; n++)
			TABLE[n] = random64() & (n & 1 ? ~0ul : 0x7fffe7ul);
		TABLE[0] = guest_pml4[0];
		write_cr3(at | (random64() & 0xfff));
		CHECK_IS(read_cr3() & ~0xffful, at);
		for (int n = 0; n < 4; n++) {
			uint64_t vector = TRAPS(read64(somewhere()));

			CHECK(vector == VEC_PF || vector == NO_TRAP);
		}
		CHECK_IS(TABLE[0] & ~PTE_A, guest_pml4[0] & ~PTE_A);
	}
	write_cr3(cr3);
	return 0;
}
