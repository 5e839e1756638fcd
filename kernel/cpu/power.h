/* SPDX-License-Identifier: MIT */
/* Ending the machine; the ports are in kernel/abi/vm.h. */
#ifndef KERNEL_CPU_POWER_H
#define KERNEL_CPU_POWER_H

#include <stdbool.h>

/*
 * End the machine with the commands' status.  0: an ACPI power-off, so that
 * QEMU's own exit status is 0.  1 to 127: through the debug-exit port.  A
 * larger status means that a command died, and ends as a panic does.  On Bochs
 * all leave through its second serial port.
 */
void power_off(int status) __attribute__((noreturn));

/* Is this machine Bochs?  Its devices say so; CPUID does not. */
bool power_is_bochs(void);

/* End the machine with a failure. */
void power_panic(void) __attribute__((noreturn));

/* Stop this CPU for good. */
void power_halt(void) __attribute__((noreturn));

#endif
