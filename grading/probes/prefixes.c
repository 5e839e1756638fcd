/* SPDX-License-Identifier: MIT */
/*
 * Redundant prefixes before instructions that exit: up to 15 bytes in all the
 * instruction is what it was, and exactly its own bytes are passed over; 16
 * are a #GP, and LOCK is at most a #UD.
 */
/* exits: 20000 */
#include "grading/probes/lib/probe.h"

static const struct {
	uint8_t bytes[4], n;
} insns[] = {
	{ { 0x0f, 0xa2 }, 2 },	     /* cpuid */
	{ { 0xe4, 0x80 }, 2 },	     /* in $0x80, %al */
	{ { 0xe5, 0x80 }, 2 },	     /* in $0x80, %eax */
	{ { 0xee }, 1 },	     /* out %al, %dx */
	{ { 0x0f, 0x32 }, 2 },	     /* rdmsr */
	{ { 0x0f, 0x30 }, 2 },	     /* wrmsr */
	{ { 0x0f, 0x20, 0xc0 }, 3 }, /* mov %cr0, %rax */
	{ { 0x0f, 0x22, 0xc0 }, 3 }, /* mov %rax, %cr0 */
	{ { 0x0f, 0x21, 0xf8 }, 3 }, /* mov %dr7, %rax */
	{ { 0x0f, 0x06 }, 2 },	     /* clts */
	{ { 0x0f, 0x09 }, 2 },	     /* wbinvd */
	{ { 0x0f, 0x01, 0xf0 }, 3 }, /* lmsw %ax */
};

#define INSNS (sizeof(insns) / sizeof(insns[0]))

/* None changes what these do; a segment, the operand's size, REP, REX.W. */
static const uint8_t prefixes[] = { 0x2e, 0x66, 0x65, 0xf3, 0xf2, 0x3e };

static uint8_t *code;

/* A prefix n times, then the instruction, then RET. */
static void
plant(uint8_t prefix, unsigned n, unsigned which)
{
	uint8_t *at = code;

	for (unsigned i = 0; i < n; i++)
		*at++ = prefix;
	for (unsigned i = 0; i < insns[which].n; i++)
		*at++ = insns[which].bytes[i];
	*at++ = 0xc3;
}

static void
run(void)
{
	uint64_t rax = read_cr0(), rcx = MSR_STAR, rdx = 0x80;

	__asm__ volatile("call *%3"
			 : "+a"(rax), "+c"(rcx), "+d"(rdx)
			 : "r"(code)
			 : "rbx", "memory");
}

int
main(void)
{
	code = page_alloc();
	for (unsigned which = 0; which < INSNS; which++) {
		unsigned room = 15u - insns[which].n;
		uint64_t vector;

		for (unsigned p = 0; p < sizeof(prefixes); p++) {
			plant(prefixes[p], 1, which);
			CHECK_IS(TRAPS(run()), NO_TRAP);
			plant(prefixes[p], room, which);
			CHECK_IS(TRAPS(run()), NO_TRAP);
			plant(prefixes[p], room + 1, which);
			CHECK_IS(TRAPS(run()), VEC_GP);
			CHECK_IS(trap.rip, (uint64_t)code);
		}
		/* some emulated CPUs do not look at LOCK here */
		plant(0xf0, 1, which);
		vector = TRAPS(run());
		CHECK(vector == VEC_UD || vector == NO_TRAP);
	}
	return 0;
}
