/* SPDX-License-Identifier: MIT */
/* Exceptions and INT through gates made up, from ring 0 and ring 3. */
#include "grading/guests/trap/work.h"

#include <stdbool.h>

#define STEPS	     24
#define GATE_FIRST   40 /* vectors for INT n: up to 47 */
#define RFLAGS_FIXED 0x2u
#define RFLAGS_IOPL  0x3000u

static const struct code faults[] = {
	{ "ud2", { 0x0f, 0x0b }, 2 },
	{ "int3", { 0xcc }, 1 },
	{ "div by zero", { 0x31, 0xc9, 0xf7, 0xf1 }, 4 },
	{ "into", { 0xb0, 0x7f, 0x04, 0x01, 0xce }, 5 },
	{ "into, no overflow", { 0xb0, 0x01, 0x04, 0x01, 0xce }, 5 },
	{ "lock nop", { 0xf0, 0x90 }, 2 },
	{ "mov to fs, absent", { 0x8e, 0xe1 }, 2 },
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

/* The vectors that those raise. */
static const uint8_t raises[FAULTS] = { 6, 3, 0, 4, 255, 6, 11 };

/* Whose gates are made up, one at a time. */
static const uint8_t spoiled[] = { 0, 1, 3, 4, 6, 11, 40, 41, 42, 43, 44, 45,
	46, 47 };

static struct gate
gate_make(struct gate gate)
{
	static const uint8_t types[] = { 0x8e, 0x8e, 0x8f, 0x8f, 0xee, 0xee,
		0xef, 0x0e, 0x0c, 0x80 };

	gate.type = types[roll_below(sizeof(types))];
	gate.selector = roll_below(8) ? 0x08 : (uint16_t)(roll_below(10) * 8);
	return gate;
}

static void
tell_stack(void)
{
	if ((trap.cs & 3) == 3)
		tell("the frame is % below the TSS's ESP, ss %, eip + %",
			tss[1] - trap_at, trap.ss, trap.eip & 63);
	else
		tell("cs %, eip + %", trap.cs, trap.eip & 63);
}

/* An instruction that raises the vector, half the time; else any. */
static void
exception_one(unsigned wanted)
{
	struct code call = { "int", { 0xcd, 0 }, 2 };
	const struct code *code = &faults[roll_below(FAULTS)];
	bool aimed = roll_below(2);
	uint32_t flags = RFLAGS_FIXED | (roll() & RFLAGS_IOPL), vector;
	bool user = roll_below(2);

	for (unsigned i = 0; aimed && i < FAULTS; i++)
		if (raises[i] == wanted)
			code = &faults[i];
	if (aimed ? wanted >= GATE_FIRST : roll_below(2)) {
		call.bytes[1] =
			(uint8_t)(aimed ? wanted : GATE_FIRST + roll_below(8));
		code = &call;
	}
	vector = user ? code_user(code, flags, SEL_ABSENT, 0)
		      : code_kernel(code, SEL_ABSENT, 0);
	tell_trap(code->name, code->bytes[1], vector);
	if (vector != NO_TRAP)
		tell_stack();
}

void
part_exceptions(void)
{
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned at = spoiled[roll_below(sizeof(spoiled))];
		struct gate before = idt[at];

		idt[at] = gate_make(before);
		tell("gate %: type %, selector %", at, idt[at].type,
			idt[at].selector);
		for (unsigned k = 0; k < 4; k++)
			exception_one(at);
		idt[at] = before;
	}
}
