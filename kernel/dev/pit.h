/* SPDX-License-Identifier: MIT */
/* The 8254 interval timer: three counters at 1.193182 MHz. */
#ifndef KERNEL_DEV_PIT_H
#define KERNEL_DEV_PIT_H

#include <stdint.h>

#define PIT_HZ	1193182u
#define PIT_IRQ 0

/* Counter 0: an interrupt hz times a second, for ever. */
void pit_start(unsigned hz);

/*
 * Count TSC cycles while counter 2 counts `ticks` of PIT_HZ (1 to 65535).
 * Polls, and needs no interrupts.
 */
uint64_t pit_measure_tsc(uint16_t ticks);

#endif
