/* SPDX-License-Identifier: MIT */
/*
 * Gates that lead nowhere, in every way: each is a fault of its own, with the
 * error code that says so, and never more.
 */
#include "grading/probes/lib/probe.h"

#define VECTOR	   0x90
#define ERROR_IDT  2u
#define ERROR_EXT  1u
#define HIGH_GATES (FREE_GVA + 0x800) /* a table on two pages */

static uint64_t
raise_it(void)
{
	return TRAPS(__asm__ volatile("int $0x90"));
}

/* The fault is about the gate; which one: emulators differ. */
static void
check_gate(uint64_t vector)
{
	CHECK_IS(raise_it(), vector);
	CHECK(trap.error & ERROR_IDT);
	idt_init();
}

static void
check_selector(uint16_t selector, uint64_t vector)
{
	idt[VECTOR].selector = selector;
	CHECK_IS(raise_it(), vector);
	CHECK_IS(trap.error & ~(uint64_t)ERROR_EXT, selector & ~3u);
	idt_init();
}

static void
check_gates(void)
{
	static const uint8_t types[] = { 0x80, 0x81, 0x82, 0x83, 0x84, 0x85,
		0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x92, 0x9a };

	for (unsigned i = 0; i < sizeof(types); i++) {
		idt[VECTOR].type = types[i];
		check_gate(VEC_GP);
	}
	idt[VECTOR].type = 0x0e;
	check_gate(VEC_NP);
	idt_load(VECTOR * 16 + 14, (uint64_t)idt); /* one byte too few */
	check_gate(VEC_GP);
	check_selector(0, VEC_GP);
	check_selector(3, VEC_GP);
	check_selector(SEL_DATA, VEC_GP);
	check_selector(SEL_CODE32, VEC_GP);
	check_selector(SEL_TSS, VEC_GP);
	check_selector(0xfff8, VEC_GP);
	check_selector(SEL_CODE | 4, VEC_GP); /* in an LDT that is none */
	gdt[SEL_FREE / 8] = gdt[SEL_CODE / 8] & ~(1ul << 47);
	check_selector(SEL_FREE, VEC_NP);
}

/* A handler that cannot be: the fault is where the CPU looks for it. */
static void
check_targets(void)
{
	uint64_t vector;

	idt[VECTOR].offset_high = 0x6000; /* FREE_GVA's half */
	idt[VECTOR].offset_mid = idt[VECTOR].offset_low = 0;
	CHECK_IS(raise_it(), VEC_PF);
	CHECK_IS(trap.rip, 0x600000000000);
	CHECK_IS(trap.error, 0x10);
	idt_init();
	idt[VECTOR].offset_high = 0x8000; /* not canonical */
	vector = raise_it();
	CHECK_IS(vector, VEC_GP);
	idt_init();
}

/* Half of the table is not there. */
static void
check_half(void)
{
	struct gate *half = page_alloc();

	for (unsigned i = 0; i < 128; i++)
		half[128 + i] = idt[i];
	page_map(FREE_GVA, (uint64_t)half, PTE_P | PTE_W, 1);
	idt_load(4095, HIGH_GATES);
	CHECK_IS(TRAPS(__asm__ volatile("int $0x7f")), 0x7f);
	CHECK_IS(raise_it(), VEC_PF);
	CHECK_IS(trap_cr2, HIGH_GATES + VECTOR * 16);
	CHECK_IS(trap.error, 0);
	idt_init();
}

int
main(void)
{
	uint64_t vector;

	check_gates();
	check_targets();
	check_half();
	/* #GP is right; some emulated CPUs take it, and then it is no IDT */
	vector = TRAPS(idt_load(4095, 0x0000800000000000ul));
	idt_init();
	CHECK(vector == VEC_GP || vector == NO_TRAP);
	return 0;
}
