/* SPDX-License-Identifier: MIT */
/*
 * An instruction that exits lies across two pages: it works when both are
 * there, and faults at the second page's address when that is missing, may
 * not be executed, or has just been taken away.
 */
/* Bochs vmx: trap_cr2 */
#include "grading/probes/lib/probe.h"

#define SECOND (FREE_GVA + PAGE)

static const uint8_t insns[][8] = {
	{ 0x0f, 0xa2, 0xc3 },		  /* cpuid; ret */
	{ 0x66, 0x0f, 0xa2, 0xc3 },	  /* data16 cpuid */
	{ 0xe4, 0x80, 0xc3 },		  /* in $0x80, %al */
	{ 0x0f, 0x20, 0xc0, 0xc3 },	  /* mov %cr0, %rax */
	{ 0x44, 0x0f, 0x20, 0xc0, 0xc3 }, /* mov %cr8, %rax */
	{ 0x0f, 0x01, 0xd9, 0xc3 },	  /* vmmcall */
	{ 0x0f, 0x21, 0xf8, 0xc3 },	  /* mov %dr7, %rax */
	{ 0x0f, 0x09, 0xc3 },		  /* wbinvd */
};

#define INSNS (sizeof(insns) / sizeof(insns[0]))

static unsigned
length(const uint8_t *insn)
{
	unsigned n = 0;

	while (insn[n] != 0xc3)
		n++;
	return n;
}

/* Lay the instruction so that `before` of its bytes are on the first page. */
static uint64_t
plant(uint8_t *first, uint8_t *second, const uint8_t *insn, unsigned before)
{
	for (unsigned i = 0; i < 8; i++)
		if (i < before)
			first[PAGE - before + i] = insn[i];
		else
			second[i - before] = insn[i];
	return SECOND - before;
}

static void
run(uint64_t at)
{
	uint64_t rax = 0;

	__asm__ volatile("call *%1"
			 : "+a"(rax)
			 : "r"(at), "c"(0)
			 : "rbx", "rdx", "memory");
}

static void
check(uint8_t *first, uint8_t *second, const uint8_t *insn, unsigned before)
{
	uint64_t at = plant(first, second, insn, before);

	page_map(SECOND, (uint64_t)second, PTE_P, 1);
	CHECK_IS(TRAPS(run(at)), NO_TRAP);
	page_map(SECOND, 0, 0, 1);
	CHECK_IS(TRAPS(run(at)), VEC_PF);
	CHECK_IS(trap_cr2, SECOND);
	CHECK_IS(trap.rip, at);
	CHECK_IS(trap.error, 0x10);
	page_map(SECOND, (uint64_t)second, PTE_P | PTE_NX, 1);
	CHECK_IS(TRAPS(run(at)), VEC_PF);
	CHECK_IS(trap.error, 0x11);
	page_map(SECOND, (uint64_t)second, PTE_P, 1);
	CHECK_IS(TRAPS(run(at)), NO_TRAP);
}

int
main(void)
{
	uint8_t *first = page_alloc(), *second = page_alloc();

	page_map(FREE_GVA, (uint64_t)first, PTE_P | PTE_W, 1);
	for (unsigned i = 0; i < INSNS; i++)
		for (unsigned n = 1; n < length(insns[i]); n++)
			check(first, second, insns[i], n);
	return 0;
}
