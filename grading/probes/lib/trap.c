/* SPDX-License-Identifier: MIT */
/* What happens at a trap (probe.h), and the tables that lead to it. */
#include "grading/probes/lib/probe.h"

#define GATE_INTERRUPT 0x8e
#define IST_STACK      4096
#define STUB_SIZE      16

struct trap_frame trap;
uint64_t trap_cr2;
struct gate idt[256] __attribute__((aligned(16)));
struct tss tss;

static trap_fn *trap_handlers[256];
static uint8_t ist_stack[IST_STACK] __attribute__((aligned(16)));
static uint8_t ring0_stack[IST_STACK] __attribute__((aligned(16)));

extern const char trap_stubs[];
extern volatile bool trap_armed;
void trap_leap(void) __attribute__((noreturn));
void trap_dispatch(struct trap_frame *frame);

_Static_assert(offsetof(struct trap_frame, vector) == 15 * 8, "stubs.S");
_Static_assert(sizeof(struct gate) == 16, "APM 2, 4.8.4");
_Static_assert(sizeof(struct tss) == 104, "APM 2, 12.2.5");

void
trap_disarm(void)
{
	trap_armed = false;
}

void
trap_handle_with(unsigned vector, trap_fn *handler)
{
	trap_handlers[vector] = handler;
}

static void
trap_unexpected(const struct trap_frame *frame)
{
	print("unexpected trap ");
	print_hex(frame->vector);
	print(" error ");
	print_hex(frame->error);
	print(" at ");
	print_hex(frame->rip);
	print(" cr2 ");
	print_hex(trap_cr2);
	print("\n");
	probe_exit(127);
}

void
trap_dispatch(struct trap_frame *frame)
{
	trap_fn *handler = trap_handlers[frame->vector];

	trap_cr2 = read_cr2();
	if (handler && handler(frame))
		return;
	if (!trap_armed)
		trap_unexpected(frame);
	trap_armed = false;
	trap = *frame;
	trap_leap();
}

void
idt_load(uint16_t limit, uint64_t base)
{
	const struct table_register r = { limit, base };

	__asm__ volatile("lidt %0" : : "m"(r));
}

void
idt_use_ist(unsigned vector, bool own)
{
	idt[vector].ist = own;
}

void
idt_set_dpl(unsigned vector, unsigned dpl)
{
	idt[vector].type = (uint8_t)(GATE_INTERRUPT | dpl << 5);
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
