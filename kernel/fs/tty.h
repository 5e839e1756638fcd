/* SPDX-License-Identifier: MIT */
/* The terminal: /dev/console and /dev/tty.  See tty.c. */
#ifndef KERNEL_FS_TTY_H
#define KERNEL_FS_TTY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * May the driver hand on a byte?  If not, it leaves it where it is; the
 * terminal calls uart_receive() when somebody has read.  Any context.
 */
bool tty_has_room(void);

/* A byte came from the line.  Called by the driver, interrupts off. */
void tty_input(uint8_t c);

#endif
