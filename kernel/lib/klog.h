/* SPDX-License-Identifier: MIT */
/* The kernel log: what kprintf and kwarn (printf.h) said. */
#ifndef KERNEL_LIB_KLOG_H
#define KERNEL_LIB_KLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does kprintf write to the console, too?  Off at first.  Any context. */
void klog_set_verbose(bool verbose);

/* Bytes logged since boot. */
uint64_t klog_end(void);

/*
 * Copy up to n bytes of the log from position *pos (a byte's number since
 * boot) to buf and move *pos behind them; what the ring has already lost is
 * skipped.  Returns how many were copied, 0 at the end.  Any context.
 */
size_t klog_read(uint64_t *pos, char *buf, size_t n);

#endif
