/* SPDX-License-Identifier: MIT */
/*
 * The console's port, a 16550 (PC16550D, section 8), as a driver needs it: in
 * loopback it hears what it sends, and nothing goes out.
 */
#ifndef GRADING_DRIVERS_KERNEL_LIB_PORT_H
#define GRADING_DRIVERS_KERNEL_LIB_PORT_H

#include "kernel/cpu/asm.h"

#include <stdbool.h>

#define PORT	     0x3f8
#define DATA	     (PORT + 0)
#define IER	     (PORT + 1)
#define LCR	     (PORT + 3)
#define MCR	     (PORT + 4)
#define LSR	     (PORT + 5)
#define LCR_DIVISOR  0x80
#define MCR_LOOPBACK 0x10
#define LSR_RECEIVED 0x01

/* Was anything heard?  It is taken out. */
static inline bool
port_heard(void)
{
	bool any = inb(LSR) & LSR_RECEIVED;

	while (inb(LSR) & LSR_RECEIVED)
		inb(DATA);
	return any;
}

#endif
