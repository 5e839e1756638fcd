/* SPDX-License-Identifier: MIT */
/*
 * What the architecture says of exceptions by their vector: which push an
 * error code, and what a second one during the delivery of a first becomes
 * (SDM 3A, 6.15, tables 6-4 and 6-5; APM 2, 8.2.9).  Pure.
 */
#include "vmm/event.h"

#define BITS_CONTRIBUTORY                                                      \
	(1u << VEC_DE | 1u << VEC_TS | 1u << VEC_NP | 1u << VEC_SS |           \
		1u << VEC_GP)
#define BITS_PAGE_FAULT (1u << VEC_PF)
#define BITS_ERROR                                                             \
	(1u << VEC_DF | 1u << VEC_TS | 1u << VEC_NP | 1u << VEC_SS |           \
		1u << VEC_GP | 1u << VEC_PF | 1u << VEC_AC)

static bool
vector_in(uint8_t vector, uint32_t bits)
{
	return vector < 32 && (bits >> vector & 1);
}

bool
event_has_error(uint8_t vector)
{
	return vector_in(vector, BITS_ERROR);
}

enum event_merge
event_merge(uint8_t first, uint8_t second)
{
	bool bad = vector_in(second, BITS_CONTRIBUTORY);
	bool fault = vector_in(second, BITS_PAGE_FAULT);

	if (first == VEC_DF)
		return bad || fault ? MERGE_SHUTDOWN : MERGE_SECOND;
	if (vector_in(first, BITS_PAGE_FAULT))
		return bad || fault ? MERGE_DOUBLE : MERGE_SECOND;
	if (vector_in(first, BITS_CONTRIBUTORY))
		return bad ? MERGE_DOUBLE : MERGE_SECOND;
	return MERGE_SECOND;
}
