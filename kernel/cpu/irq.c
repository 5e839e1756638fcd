/* SPDX-License-Identifier: MIT */
/*
 * Device interrupts and the choice of their controller: the IOAPIC where
 * CPUID offers an APIC and ACPI describes it, else the 8259 pair, which is
 * what every PC begins with, and all that a guest of our own VMM has.
 */
#include "kernel/cpu/irq.h"

#include "kernel/abi/errno.h"
#include "kernel/boot/acpi.h"
#include "kernel/cpu/cpuid.h"
#include "kernel/cpu/spinlock.h"
#include "kernel/cpu/time.h"
#include "kernel/dev/ioapic.h"
#include "kernel/dev/lapic.h"
#include "kernel/dev/pic.h"
#include "kernel/dev/pit.h"
#include "kernel/lib/printf.h"

static const struct irqchip *chip = &pic_chip;
static struct spinlock irq_lock = SPINLOCK_INIT("irq");
static struct {
	void (*fn)(void *);
	void *arg;
} handlers[IRQ_ISA_COUNT]; /* guarded by irq_lock; set once each */

int
irq_register(unsigned isa_irq, void (*fn)(void *), void *arg)
{
	int err = 0;

	if (isa_irq >= IRQ_ISA_COUNT)
		return -EINVAL;
	spin_lock(&irq_lock);
	if (handlers[isa_irq].fn) {
		err = -EBUSY;
	} else {
		handlers[isa_irq].arg = arg;
		handlers[isa_irq].fn = fn;
		chip->unmask(isa_irq);
	}
	spin_unlock(&irq_lock);
	return err;
}

void
irq_handle(unsigned isa_irq)
{
	if (chip->check && !chip->check(isa_irq))
		return;
	chip->eoi(isa_irq);
	if (handlers[isa_irq].fn)
		handlers[isa_irq].fn(handlers[isa_irq].arg);
}

static void
pit_tick(void *arg)
{
	(void)arg;
	time_tick();
}

void
irq_init(void)
{
	pic_init();
	if (cpu_has(CPU_APIC) && acpi_info()->found) {
		lapic_map(acpi_info()->lapic);
		cpus[0].apic_id = lapic_id();
		ioapic_init();
		chip = &ioapic_chip;
		lapic_init();
	} else {
		pit_start(TICK_HZ);
		irq_register(PIT_IRQ, pit_tick, NULL);
	}
	kprintf("irq: %s\n", chip->name);
}
