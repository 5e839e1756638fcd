/* SPDX-License-Identifier: MIT */
/* The terminal: /dev/console and /dev/tty.  See tty.c. */
#ifndef KERNEL_FS_TTY_H
#define KERNEL_FS_TTY_H

#include <stdint.h>

/* A byte came from the line.  Called by the driver, interrupts off. */
void tty_input(uint8_t c);

#endif
