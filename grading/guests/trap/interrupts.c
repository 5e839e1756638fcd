/* SPDX-License-Identifier: MIT */
/* Interrupts of the timer: STI and its shadow, HLT, the mask, ring 3. */
#include "grading/guests/trap/work.h"

#define STEPS	     24
#define RFLAGS_FIXED 0x2u
#define RFLAGS_IF    0x200u
#define PIC_COMMAND  0x20
#define PIC_DATA     0x21
#define PIC_EOI	     0x20
#define PIC_READ_IRR 0x0a
#define PIT_DATA     0x40
#define PIT_CONTROL  0x43
#define PIT_ONCE     0x30 /* counter 0, both bytes, mode 0 */
#define POLLS	     200000
#define ALL_BUT_0    0xfe
#define ALL	     0xff

/* Spin until there was an interrupt. */
__asm__(".pushsection .rodata\n"
	"user_waits: cmpl $0, irqs; je user_waits; int3\n"
	".popsection");
extern const char user_waits[];

static void
timer_start(void)
{
	uint32_t count = 100 + roll_below(2000);

	irqs = 0;
	outb(PIT_CONTROL, PIT_ONCE);
	outb(PIT_DATA, (uint8_t)count);
	outb(PIT_DATA, (uint8_t)(count >> 8));
}

/* Wait until the PIC has the interrupt; false: it never came. */
static uint32_t
timer_pending(void)
{
	for (unsigned i = 0; i < POLLS; i++) {
		outb(PIC_COMMAND, PIC_READ_IRR);
		if (inb(PIC_COMMAND) & 1)
			return 1;
	}
	return 0;
}

static void
interrupt_halt(void)
{
	timer_start();
	__asm__ volatile("sti; hlt; cli" : : : "memory");
	tell("halted, irqs %, IF %, from ring %", irqs, trap.eflags >> 9 & 1,
		trap.cs & 3);
}

/* STI holds it off for one instruction, and CLI is that one; MOV to SS, too. */
static void
interrupt_shadow(void)
{
	timer_start();
	tell("pending %", timer_pending());
	__asm__ volatile("sti; cli" : : : "memory");
	tell("sti, cli: irqs %", irqs);
	__asm__ volatile("sti; movl %0, %%ss; cli"
			 :
			 : "r"(SEL_DATA)
			 : "memory");
	tell("sti, mov ss, cli: irqs %", irqs);
	__asm__ volatile("sti; nop; cli" : : : "memory");
	tell("sti, nop, cli: irqs %", irqs);
}

static void
interrupt_masked(void)
{
	outb(PIC_DATA, ALL);
	timer_start();
	tell("pending %", timer_pending());
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
	tell("masked: irqs %", irqs);
	outb(PIC_DATA, ALL_BUT_0);
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
	tell("unmasked: irqs %, mask %", irqs, inb(PIC_DATA));
}

/* The gate for INT3 is for ring 3 only while it is needed. */
static void
interrupt_user(void)
{
	uint8_t gate = idt[VEC_BP].type;
	uint32_t vector;

	idt[VEC_BP].type |= GATE_DPL_3;
	user_flags = RFLAGS_FIXED | RFLAGS_IF;
	timer_start();
	vector = user_run(user_waits);
	idt[VEC_BP].type = gate;
	tell("ring 3: vector %, irqs %, IF %", vector, irqs,
		trap.eflags >> 9 & 1);
}

void
part_interrupts(void)
{
	static const uint8_t init[] = { VEC_IRQ0, 4, 1, ALL_BUT_0 };
	static void (*const steps[])(void) = { interrupt_halt, interrupt_shadow,
		interrupt_masked, interrupt_user };

	outb(PIC_COMMAND, 0x11);
	for (unsigned i = 0; i < sizeof(init); i++)
		outb(PIC_DATA, init[i]);
	for (unsigned i = 0; i < STEPS; i++)
		steps[roll_below(4)]();
}
