/* SPDX-License-Identifier: MIT */
/*
 * Device interrupts, named by their ISA number (0 to 15) whether they come
 * through the IOAPIC or through the 8259 pair.
 */
#ifndef KERNEL_CPU_IRQ_H
#define KERNEL_CPU_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#define IRQ_ISA_COUNT	 16
#define VECTOR_IRQ_BASE	 0x20 /* ISA interrupt n arrives at this + n */
#define VECTOR_TIMER	 0x40 /* this CPU's local APIC timer */
#define VECTOR_RESCHED	 0x41 /* another CPU has work for this one */
#define VECTOR_SHOOTDOWN 0x42 /* another CPU wants TLB entries gone */
#define VECTOR_CALL	 0x43 /* another CPU wants a function called */
#define VECTOR_SPURIOUS	 0xff

/*
 * Call fn(arg) at each interrupt, with interrupts off, and unmask the line.
 * Returns 0, -EINVAL for a bad number, -EBUSY when the line is taken.
 */
int irq_register(unsigned isa_irq, void (*fn)(void *), void *arg);

/* An interrupt controller: the IOAPIC and local APIC, or the 8259 pair. */
struct irqchip {
	const char *name;
	void (*unmask)(unsigned isa_irq);
	void (*eoi)(unsigned isa_irq);
	/* returns false when the interrupt was spurious: no handler, no EOI */
	bool (*check)(unsigned isa_irq);
};

/* Choose the controller and start the timer of the boot CPU. */
void irq_init(void);

/* Dispatch: called by the trap code for vectors 0x20 to 0x2f. */
void irq_handle(unsigned isa_irq);

#endif
