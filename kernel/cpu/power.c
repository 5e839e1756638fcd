/* SPDX-License-Identifier: MIT */
/*
 * Ending the machine so that who started it can tell how.  In a VM all three
 * ports are there.  On QEMU the debug-exit port gives the process the status
 * (value << 1) | 1: so 0 as a value is left to say "failure", and success is
 * a power-off.
 */
#include "kernel/cpu/power.h"

#include "kernel/abi/vm.h"
#include "kernel/cpu/asm.h"

void
power_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

void
power_panic(void)
{
	uint8_t events = inb(VM_PORT_PANIC);

	if (events != 0xff && events & VM_PANIC_PANICKED)
		outb(VM_PORT_PANIC, VM_PANIC_PANICKED);
	outb(VM_PORT_DEBUG_EXIT, 0);
	power_halt();
}

void
power_off(int status)
{
	if (status < 0 || status > 127)
		power_panic();
	if (status == 0 && inw(VM_PORT_ACPI_PM1A) != 0xffff) {
		outw(VM_PORT_ACPI_PM1A, VM_ACPI_POWEROFF);
		power_halt(); /* QEMU ends a moment later */
	}
	outb(VM_PORT_DEBUG_EXIT, (uint8_t)status);
	power_halt();
}
