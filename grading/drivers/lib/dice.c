/* SPDX-License-Identifier: MIT */
/* Numbers made from a seed; contracts in dice.h. */
#include "grading/drivers/lib/dice.h"

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
uint64_t
dice_next(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

uint64_t
dice_below(struct dice *d, uint64_t n)
{
	return (dice_next(d) >> 8) % n;
}

bool
dice_percent(struct dice *d, unsigned percent)
{
	return dice_below(d, 100) < percent;
}

uint64_t
dice_value(struct dice *d)
{
	uint64_t value = dice_next(d);

	switch (dice_below(d, 5)) {
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

/* FNV-1a, with a last mix. */
uint64_t
digest(uint64_t start, const void *data, size_t size)
{
	const uint8_t *at = data;
	struct dice d = { start ^ 0xcbf29ce484222325ull };

	for (size_t i = 0; i < size; i++)
		d.state = (d.state ^ at[i]) * 0x100000001b3ull;
	return dice_next(&d);
}
