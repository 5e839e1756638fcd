/* SPDX-License-Identifier: MIT */
/*
 * What guests without an operating system have in common: how they are entered
 * (entry.S), modules and the command line (boot.c), the console and the end
 * (console.c).  It works on QEMU, on Bochs and in a VM alike.
 *
 * A guest of 64 bits has main(), called in long mode (long.h), and a
 * trap_dispatch() for its traps (trap.h).  One of 32 bits (grading/flat/) is
 * written with entry.inc, vectors.h and hex.h, and linked by guest.ld too; it
 * has an entry and a console of its own, since what it does first is work that
 * a VMM must learn first.
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

/* A module by its name, with its size in bytes; NULL if there is none. */
const void *guest_module(const char *name, size_t *size);

/* Send NUL-terminated text; all has left when this returns. */
void guest_print(const char *text);
/* A number as 0x and its digits. */
void guest_print_hex(uint64_t value);
/* End the machine, with 0 to 127 as its status. */
void guest_end(uint8_t status) __attribute__((noreturn));

#endif
