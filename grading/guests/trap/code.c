/* SPDX-License-Identifier: MIT */
/* Instructions as bytes, and the GDT; contracts in work.h. */
#include "grading/guests/trap/work.h"

#define RET  0xc3
#define INT3 0xcc

uint32_t descriptors[TABLE][2] __attribute__((aligned(16)));
uint32_t code_eax;

/* The instruction, with a way back behind it. */
static uint8_t room[64] __attribute__((aligned(64)));

static uint8_t *
put(uint8_t *at, const void *bytes, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		*at++ = ((const uint8_t *)bytes)[i];
	return at;
}

uint32_t
code_kernel(const struct code *code, uint32_t eax, uint32_t edx)
{
	uint32_t ecx = eax;

	*put(room, code->bytes, code->len) = RET;
	trap.vector = NO_TRAP;
	__asm__ volatile("movl %%esp, %%edi\n\t"
			 "movl $1f, trap_resume\n\t"
			 "call *%3\n"
			 "1:\tmovl %%edi, %%esp\n\t"
			 "movl $0, trap_resume"
			 : "+a"(eax), "+d"(edx), "+c"(ecx)
			 : "b"(room)
			 : "edi", "memory", "cc");
	code_eax = eax;
	return trap.vector;
}

/* Loads EAX and EDX, and ECX as EAX, in ring 3; then the instruction. */
uint32_t
code_user(const struct code *code, uint32_t flags, uint32_t eax, uint32_t edx)
{
	uint8_t *at = room;
	uint32_t vector, gate = idt[VEC_BP].type;

	at = put(at, "\xb8", 1);
	at = put(at, &eax, 4);
	at = put(at, "\xb9", 1);
	at = put(at, &eax, 4);
	at = put(at, "\xba", 1);
	at = put(at, &edx, 4);
	*put(at, code->bytes, code->len) = INT3;
	idt[VEC_BP].type |= GATE_DPL_3;
	user_flags = flags;
	vector = user_run(room);
	idt[VEC_BP].type = (uint8_t)gate;
	code_eax = trap.eax;
	return vector == VEC_BP && trap.eip == (uint32_t)at + code->len + 1
		? NO_TRAP
		: vector;
}

void
descriptor_set(unsigned index, uint32_t base, uint32_t limit, uint32_t rights)
{
	descriptors[index][0] = base << 16 | (limit & 0xffff);
	descriptors[index][1] = (base & 0xff000000) | (limit & 0xf0000) |
		(base >> 16 & 0xff) | rights << 8;
}

void
descriptors_load(uint32_t limit)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint32_t base;
	} table = { (uint16_t)limit, (uint32_t)descriptors };

	__asm__ volatile("lgdt %0" : : "m"(table) : "memory");
}
