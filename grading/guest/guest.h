/* SPDX-License-Identifier: MIT */
/*
 * What guests without an operating system have in common: how they are entered
 * (entry.S), the command line (boot.c), the console and the end (console.c).
 * It works on QEMU, on Bochs and in a VM alike.
 */
#ifndef GRADING_GUEST_GUEST_H
#define GRADING_GUEST_GUEST_H

#include <stddef.h>
#include <stdint.h>

/*
 * The command line, NUL-terminated; "" if there is none.  It lies where the
 * loader left it, which may be anywhere outside the guest's image.
 */
const char *guest_command_line(void);

/* Set up the serial port; before the first guest_print(). */
void guest_console_init(void);
/* Send NUL-terminated text; all has left when this returns. */
void guest_print(const char *text);
/* End the machine, with 0 to 127 as its status. */
void guest_end(uint8_t status) __attribute__((noreturn));

#endif
