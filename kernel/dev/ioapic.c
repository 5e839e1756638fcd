/* SPDX-License-Identifier: MIT */
/* The IOAPIC, all lines to the boot CPU; its data sheet is the 82093AA's. */
#include "kernel/dev/ioapic.h"

#include "kernel/boot/acpi.h"
#include "kernel/cpu/percpu.h"
#include "kernel/dev/lapic.h"
#include "kernel/mem/paging.h"

enum {
	IOAPIC_VERSION = 1,
	IOAPIC_REDIRECT = 0x10
};

#define REDIRECT_MASKED	    0x10000u
#define REDIRECT_LEVEL	    0x8000u
#define REDIRECT_ACTIVE_LOW 0x2000u

static volatile uint32_t *ioapic; /* select at 0, window at 0x10 bytes */

static uint32_t
ioapic_read(uint32_t reg)
{
	ioapic[0] = reg;
	return ioapic[4];
}

static void
ioapic_write(uint32_t reg, uint32_t value)
{
	ioapic[0] = reg;
	ioapic[4] = value;
}

void
ioapic_init(void)
{
	unsigned lines;

	ioapic = paging_map_device(acpi_info()->ioapic, 0x20);
	lines = (ioapic_read(IOAPIC_VERSION) >> 16 & 0xff) + 1;
	for (unsigned line = 0; line < lines; line++)
		ioapic_write(IOAPIC_REDIRECT + 2 * line, REDIRECT_MASKED);
}

static void
ioapic_unmask(unsigned isa_irq)
{
	const struct acpi_route *route = &acpi_info()->route[isa_irq];
	uint32_t low = VECTOR_IRQ_BASE + isa_irq;

	if (route->level)
		low |= REDIRECT_LEVEL;
	if (route->active_low)
		low |= REDIRECT_ACTIVE_LOW;
	ioapic_write(
		IOAPIC_REDIRECT + 2 * route->line + 1, cpus[0].apic_id << 24);
	ioapic_write(IOAPIC_REDIRECT + 2 * route->line, low);
}

static void
ioapic_eoi(unsigned isa_irq)
{
	(void)isa_irq;
	lapic_eoi();
}

const struct irqchip ioapic_chip = {
	.name = "ioapic",
	.unmask = ioapic_unmask,
	.eoi = ioapic_eoi,
};
