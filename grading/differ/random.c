/* SPDX-License-Identifier: MIT */
/* The random numbers that programs are made from: xorshift64*. */
#include "grading/differ/guest.h"

static uint64_t state;

/* splitmix64, so that near seeds have far streams */
static uint64_t
random_mix(uint64_t seed)
{
	seed += 0x9e3779b97f4a7c15ull;
	seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ull;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111ebull;
	return seed ^ seed >> 31;
}

void
random_start(uint64_t seed, uint64_t number)
{
	state = random_mix(random_mix(seed) + number) | 1;
}

uint64_t
random_next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

uint64_t
random_below(uint64_t n)
{
	return (random_next() >> 16) % n;
}

uint64_t
random_value(void)
{
	uint64_t value = random_next();

	switch (random_below(5)) {
	case 0:
		return value & 0xff;
	case 1:
		return (1ull << (value & 63)) - (value >> 8 & 1);
	case 2:
		return -(value & 0xff);
	case 3:
		return value & 0xffffffff;
	default:
		return value;
	}
}
