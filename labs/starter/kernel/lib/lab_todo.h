/* SPDX-License-Identifier: MIT */
/*
 * What stands in place of a body that is yours to write.  The build includes
 * this before every source (tools/lab.mk), so there is nothing to add.
 */
#ifndef KERNEL_LIB_LAB_TODO_H
#define KERNEL_LIB_LAB_TODO_H

#ifndef __ASSEMBLER__
#if __STDC_HOSTED__
int dprintf(int fd, const char *fmt, ...);
void _exit(int status) __attribute__((noreturn));

/* In a test on the host: say so, and end. */
static inline void lab_todo(const char *what) __attribute__((noreturn, unused));

static inline void
lab_todo(const char *what)
{
	dprintf(2, "lab_todo: %s is yours to write\n", what);
	_exit(99);
}
#else
/* Say on the serial port which function was reached, and end the machine. */
void lab_todo(const char *what) __attribute__((noreturn));
#endif
#endif

#endif
