/* SPDX-License-Identifier: MIT */
/* The IOAPIC: routes device interrupts to the local APICs (82093AA). */
#ifndef KERNEL_DEV_IOAPIC_H
#define KERNEL_DEV_IOAPIC_H

#include "kernel/cpu/irq.h"

extern const struct irqchip ioapic_chip;

/* Map it and mask every line; the wiring comes from acpi_info(). */
void ioapic_init(void);

#endif
