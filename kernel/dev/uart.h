/* SPDX-License-Identifier: MIT */
/* The first serial port; the console (console.h) is its only writer. */
#ifndef KERNEL_DEV_UART_H
#define KERNEL_DEV_UART_H

#include <stddef.h>

/* Set the port up for output, once; output does so itself. */
void uart_setup_line(void);

/*
 * Write n bytes, waiting for the port by polling.  One caller at a time; any
 * context, from the first instruction on.
 */
void uart_write(const char *s, size_t n);

/*
 * Hand what has arrived to the terminal, as long as that has room.  Any
 * context; no lock of the terminal's may be held.
 */
void uart_receive(void);

#endif
