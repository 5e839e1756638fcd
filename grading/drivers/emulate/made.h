/* SPDX-License-Identifier: MIT */
/*
 * Lab 03: states that are made up from a number, so that each clause of the
 * contracts has cases of its own: gates of every type, limits to the byte,
 * 16-bit stacks, descriptors of the LDT, compatibility and real mode, rings 1
 * and 2, pages that the CPU itself or a program may not touch.
 */
#ifndef GRADING_DRIVERS_EMULATE_MADE_H
#define GRADING_DRIVERS_EMULATE_MADE_H

#include "grading/drivers/lib/driver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What the guest's header has from the unit tests' library. */
#define assert_true(x)			assert(x)
#define assert_false(x)			assert(!(x))
#define assert_int_equal(a, b)		assert((uint64_t)(a) == (uint64_t)(b))
#define assert_memory_equal(a, b, size) assert(memcmp(a, b, size) == 0)

#include "grading/unit/exec_help.h"

#define SPELLINGS 24

/* What a scenario does. */
struct how {
	const char *text[SPELLINGS]; /* instructions, in hexadecimal digits */
	int modes;		     /* 64, 32, or 0 for both */
	bool events;		     /* deliver events instead */
	bool frames;		     /* RSP points at what IRET or RETF pops */
	bool tables;		     /* GDTR and IDTR hold any values */
	bool selectors;		     /* AX, and memory, hold selectors */
	uint64_t cr4;		     /* bits that may be set */
	uint64_t rflags;	     /* likewise */
	unsigned steps;
};

/* A state for an instruction (text), or for an event (NULL). */
void made_state(struct guest *g, struct dice *d, const struct how *how,
	const char *text);

/* Sometimes: an IDT that ends at or before the gate of this vector. */
void made_limit(struct guest *g, struct dice *d, unsigned vector);

#endif
