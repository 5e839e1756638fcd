/* SPDX-License-Identifier: MIT */
/* Segment registers, far jumps and returns, over descriptors made up. */
#include "grading/guests/trap/work.h"

#define STEPS	  60
#define ACCESSED  0x01u
#define CODE	  0x08u
#define SYSTEM	  0x10u /* clear: a system descriptor */
#define PRESENT	  0x80u
#define BIG	  0xc000u /* 32-bit, in pages */
#define MAX_LIMIT 0xfffffu

static uint8_t bytes[256];

/* A descriptor of all kinds; its base is somewhere in bytes[]. */
static uint32_t
segment_make(unsigned index, uint32_t base)
{
	uint32_t rights = roll() & 0xff;

	if (roll_below(4))
		rights |= PRESENT | SYSTEM;
	descriptor_set(index, base, MAX_LIMIT, rights | BIG);
	return rights;
}

static void
tell_accessed(unsigned index)
{
	tell("rights are %", descriptors[index][1] >> 8 & 0xff);
}

/* POP leaves ESP as it was if it traps. */
static void
segment_pop(uint32_t selector)
{
	trap.vector = NO_TRAP;
	__asm__ volatile("movl %%esp, %%edi\n\t"
			 "movl $1f, trap_resume\n\t"
			 "pushl %0\n\t"
			 "popl %%es\n"
			 "1:\tmovl $0, trap_resume\n\t"
			 "subl %%esp, %%edi\n\t"
			 "addl %%edi, %%esp\n\t"
			 "movl %1, %%es"
			 :
			 : "r"(selector), "r"(SEL_DATA)
			 : "edi", "memory", "cc");
	tell_trap("push, pop es", selector, trap.vector);
}

static void
segment_data(unsigned index, uint32_t selector)
{
	uint32_t vector = TRAPS("movl %0, %%fs", "r"(selector)), at = 0;

	tell_trap("mov fs", selector, vector);
	if (vector == NO_TRAP && (selector & ~3u)) {
		__asm__ volatile("movzbl %%fs:0, %0" : "=r"(at));
		tell("fs:0 is %", at);
	}
	tell_accessed(index);
	segment_pop(selector);
}

/* The next instruction loads it again: no interrupt comes between. */
static void
segment_stack(unsigned index, uint32_t selector)
{
	tell_trap("mov ss", selector,
		TRAPS("movl %0, %%ss; movl %1, %%ss", "r"(selector),
			"r"(SEL_DATA)));
	tell_accessed(index);
}

static void
segment_jump(unsigned index, uint32_t selector)
{
	struct __attribute__((packed)) {
		uint32_t offset;
		uint16_t selector;
	} to = { 0, (uint16_t)selector };

	trap.vector = NO_TRAP;
	__asm__ volatile("movl %%esp, %%edi\n\t"
			 "movl $2f, trap_resume\n\t"
			 "movl $1f, %0\n\t"
			 "ljmp *%0\n"
			 "1:\tmovl $0, trap_resume\n\t"
			 "ljmp $8, $2f\n"
			 "2:\tmovl %%edi, %%esp"
			 : "+m"(to)
			 :
			 : "edi", "memory");
	tell_trap("ljmp", selector, trap.vector);
	tell_accessed(index);
}

static void
segment_return(unsigned index, uint32_t selector)
{
	trap.vector = NO_TRAP;
	__asm__ volatile("movl %%esp, %%edi\n\t"
			 "movl $2f, trap_resume\n\t"
			 "pushl %0\n\t"
			 "pushl $1f\n\t"
			 "lret\n"
			 "1:\tmovl $0, trap_resume\n\t"
			 "ljmp $8, $2f\n"
			 "2:\tmovl %%edi, %%esp"
			 :
			 : "r"(selector)
			 : "edi", "memory");
	tell_trap("lret", selector, trap.vector);
	tell_accessed(index);
}

void
part_segments(void)
{
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)roll();
	for (unsigned i = 0; i < STEPS; i++) {
		uint32_t index = MINE + roll_below(TABLE - MINE);
		uint32_t selector = index * 8 + (roll_below(4) ? 0 : 3);
		uint32_t base = (uint32_t)bytes + roll_below(sizeof(bytes));
		unsigned way = roll_below(4);

		if (way >= 2) /* code is where it is */
			base = 0;
		tell("rights %", segment_make(index, base));
		if (way == 0)
			segment_data(index, selector);
		else if (way == 1)
			segment_stack(index, selector);
		else if (way == 2)
			segment_jump(index, selector);
		else if (selector & 3) /* to ring 3 it would really go */
			segment_stack(index, selector);
		else
			segment_return(index, selector);
	}
}
