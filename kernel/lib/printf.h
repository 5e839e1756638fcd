/* SPDX-License-Identifier: MIT */
/*
 * Formatted output.  Conversions: %d %i %u %x %p %s %c %%, with the flags
 * -, 0 and # (0x before hexadecimal), a width, a precision for %s, and the
 * lengths l, ll and z.
 */
#ifndef KERNEL_LIB_PRINTF_H
#define KERNEL_LIB_PRINTF_H

#include <stdarg.h>
#include <stddef.h>

#if __STDC_HOSTED__
#include <stdio.h>
#else
/*
 * Format into buf, at most size bytes with the NUL; terminated when
 * size > 0.  Returns the length that the whole text has.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
int snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#endif

/*
 * Append formatted text at *pos of a buffer of size bytes and move *pos on;
 * what does not fit is cut and the buffer stays terminated.
 */
void str_append(char *buf, size_t size, size_t *pos, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Say a line to the kernel log.  The log is a ring that dmesg reads; a line
 * goes to the console as well when kprintf is called before the first
 * process runs with "verbose" on the kernel command line.  Callable from
 * anywhere, interrupts and panics included.
 */
void kprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Say a line that a person must see: to the log and to the console, always.
 * For what happened to a process or a VM ("sh: killed: ...").
 */
void kwarn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The host's own invariant is broken: print why, a symbolised backtrace of
 * this CPU, stop the other CPUs and end the machine with a failure.
 */
void panic(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn, cold));

/* An invariant of the kernel; never for what a user or a guest can cause. */
#define kassert(cond)                                                          \
	do {                                                                   \
		if (__builtin_expect(!(cond), 0))                              \
			panic("%s:%d: assertion failed: %s", __FILE__,         \
				__LINE__, #cond);                              \
	} while (0)

#endif
