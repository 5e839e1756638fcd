/* SPDX-License-Identifier: MIT */
/* The tables that lead to a trap; contracts in trap.h. */
#include "grading/guest/trap.h"
#include "grading/guest/long.h"

struct gate idt[256] __attribute__((aligned(4096)));
struct tss tss;

static uint8_t ist_stack[PAGE] __attribute__((aligned(16)));
static uint8_t ring0_stack[PAGE] __attribute__((aligned(16)));

void
idt_load(uint16_t limit, uint64_t base)
{
	const struct table_register r = { limit, base };

	__asm__ volatile("lidt %0" : : "m"(r));
}

void
idt_init(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint64_t stub = (uint64_t)trap_stubs + i * STUB_SIZE;

		idt[i] = (struct gate){
			.offset_low = (uint16_t)stub,
			.offset_mid = (uint16_t)(stub >> 16),
			.offset_high = (uint32_t)(stub >> 32),
			.selector = SEL_CODE,
			.type = GATE_INTERRUPT,
		};
	}
	tss.rsp[0] = (uint64_t)ring0_stack + sizeof(ring0_stack);
	tss.ist[0] = (uint64_t)ist_stack + sizeof(ist_stack);
	tss.iopm = sizeof(tss);
	idt_load(sizeof(idt) - 1, (uint64_t)idt);
}
