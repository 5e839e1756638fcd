/* SPDX-License-Identifier: MIT */
/*
 * The console: the machine's one terminal line, on the first serial port.
 * Usable from the kernel's first instruction in C on: no memory, interrupts
 * or threads are needed.  Any context.
 */
#ifndef KERNEL_DEV_CONSOLE_H
#define KERNEL_DEV_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Write n bytes, all of them; whole calls do not mix. */
void console_write(const char *s, size_t n);

/*
 * This CPU panics: from now on write without the console's lock, which
 * another CPU, or this one, may hold for ever.
 */
void console_panic(void);

/* Has a CPU panicked?  Then locks of output are left alone. */
bool console_in_panic(void);

#endif
