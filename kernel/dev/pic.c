/* SPDX-License-Identifier: MIT */
/*
 * The 8259A pair.  The second chip's output is line 2 of the first, so one
 * of its interrupts needs two EOIs.  A line that drops before the CPU asks
 * shows up as line 7 of its chip without its in-service bit: spurious, and
 * no EOI may be sent to that chip (Intel 8259A data sheet).
 *
 * The mask is kept here, so that unmasking costs one write and no read.
 */
#include "kernel/dev/pic.h"

#include "kernel/cpu/asm.h"

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA    0xa1

#define ICW1_INIT 0x11 /* edge triggered, cascade, ICW4 follows */
#define ICW4_8086 0x01
#define OCW2_EOI  0x20 /* non-specific end of interrupt */
#define OCW3_ISR  0x0b /* the next read gives the in-service register */

#define PIC_CASCADE 2 /* line of the first chip for the second */

static uint16_t pic_mask = 0xffff & ~(1u << PIC_CASCADE);

static void
pic_write_mask(void)
{
	outb(PIC1_DATA, (uint8_t)pic_mask);
	outb(PIC2_DATA, (uint8_t)(pic_mask >> 8));
}

void
pic_init(void)
{
	outb(PIC1_COMMAND, ICW1_INIT);
	outb(PIC1_DATA, VECTOR_IRQ_BASE);
	outb(PIC1_DATA, 1u << PIC_CASCADE);
	outb(PIC1_DATA, ICW4_8086);
	outb(PIC2_COMMAND, ICW1_INIT);
	outb(PIC2_DATA, VECTOR_IRQ_BASE + 8);
	outb(PIC2_DATA, PIC_CASCADE);
	outb(PIC2_DATA, ICW4_8086);
	pic_write_mask();
}

static void
pic_unmask(unsigned isa_irq)
{
	pic_mask &= (uint16_t) ~(1u << isa_irq);
	pic_write_mask();
}

static void
pic_eoi(unsigned isa_irq)
{
	if (isa_irq >= 8)
		outb(PIC2_COMMAND, OCW2_EOI);
	outb(PIC1_COMMAND, OCW2_EOI);
}

static bool
pic_check(unsigned isa_irq)
{
	uint16_t command = isa_irq == 7 ? PIC1_COMMAND : PIC2_COMMAND;

	if (isa_irq != 7 && isa_irq != 15)
		return true;
	outb(command, OCW3_ISR);
	if (inb(command) & 0x80)
		return true;
	if (isa_irq == 15)
		outb(PIC1_COMMAND, OCW2_EOI);
	return false;
}

const struct irqchip pic_chip = {
	.name = "pic",
	.unmask = pic_unmask,
	.eoi = pic_eoi,
	.check = pic_check,
};
