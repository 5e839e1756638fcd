/* SPDX-License-Identifier: MIT */
/*
 * Ending the machine so that who started it can tell how.  In a VM all three
 * ports are there.  On QEMU the debug-exit port gives the process the status
 * (value << 1) | 1: so 0 as a value is left to say "failure", and success is
 * a power-off.
 *
 * Bochs has none of them, and its process has no exit status to give.  So the
 * status goes out as one byte on the second serial port, and the word
 * "Shutdown" on port 0x8900 ends the machine (iodev/unmapped.cc of Bochs 2.7).
 * That happens at once: what a serial port still holds would be lost, so both
 * are waited for.  A machine without Bochs' port 0xe9 halts instead.
 */
#include "kernel/cpu/power.h"

#include "kernel/abi/vm.h"
#include "kernel/cpu/asm.h"

#define POWER_FAILED 128 /* the status of a panic, on Bochs */

#define BOCHS_PORT_DEBUG    0xe9 /* reads as its own number */
#define BOCHS_PORT_SHUTDOWN 0x8900
#define BOCHS_CONSOLE	    0x3f8
#define BOCHS_STATUS	    0x2f8 /* the second serial port, for the status */

/* Registers of a 16550 (PC16550D, section 8), from its first port. */
#define UART_IER	 1
#define UART_LCR	 3
#define UART_LSR	 5
#define UART_LCR_8N1	 0x03
#define UART_LCR_DIVISOR 0x80
#define UART_LSR_IDLE	 0x40 /* FIFO and shift register are empty */

static void
bochs_wait_sent(uint16_t uart)
{
	while (!(inb(uart + UART_LSR) & UART_LSR_IDLE))
		cpu_pause();
}

bool
power_is_bochs(void)
{
	return inb(BOCHS_PORT_DEBUG) == BOCHS_PORT_DEBUG;
}

/* End Bochs with a status, 0 to 255; return if this is not Bochs. */
static void
bochs_end(uint8_t status)
{
	if (!power_is_bochs())
		return;
	outb(BOCHS_STATUS + UART_LCR, UART_LCR_8N1 | UART_LCR_DIVISOR);
	outb(BOCHS_STATUS, 1); /* divisor: 115200 bits a second */
	outb(BOCHS_STATUS + UART_IER, 0);
	outb(BOCHS_STATUS + UART_LCR, UART_LCR_8N1);
	outb(BOCHS_STATUS, status);
	bochs_wait_sent(BOCHS_STATUS);
	bochs_wait_sent(BOCHS_CONSOLE);
	for (const char *word = "Shutdown"; *word; word++)
		outb(BOCHS_PORT_SHUTDOWN, (uint8_t)*word);
}

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
	bochs_end(POWER_FAILED);
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
	bochs_end((uint8_t)status);
	power_halt();
}
