/* SPDX-License-Identifier: MIT */
/*
 * What ACPI's MADT says of CPUs and interrupt wiring (ACPI specification,
 * 5.2.12).  Nothing else of ACPI is read.
 */
#ifndef KERNEL_BOOT_ACPI_H
#define KERNEL_BOOT_ACPI_H

#include "kernel/cpu/irq.h"
#include "kernel/cpu/percpu.h"

struct acpi_route {
	uint8_t line; /* IOAPIC input of this ISA interrupt */
	bool level, active_low;
};

struct acpi_info {
	bool found; /* there is a MADT with a local APIC and an IOAPIC */
	uint64_t lapic, ioapic; /* host-physical addresses */
	unsigned cpu_count;	/* usable CPUs, the boot CPU included */
	uint32_t apic_id[CPU_MAX];
	struct acpi_route route[IRQ_ISA_COUNT];
};

const struct acpi_info *acpi_info(void);

/* Read the tables; before memory is handed out, as they are not kept. */
void acpi_init(void);

#endif
