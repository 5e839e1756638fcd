/* SPDX-License-Identifier: MIT */
/* Time: nanoseconds since boot, and the timer tick. */
#ifndef KERNEL_CPU_TIME_H
#define KERNEL_CPU_TIME_H

#include <stdint.h>

#define TICK_HZ	   100
#define TICK_NS	   (1000000000ull / TICK_HZ)
#define NS_PER_SEC 1000000000ull

/* Nanoseconds since boot; never goes back.  Any context. */
uint64_t time_now(void);

/* Nanoseconds for a TSC value of this machine, as time_now() counts. */
uint64_t time_from_tsc(uint64_t tsc);

/* The TSC's frequency. */
uint64_t time_tsc_khz(void);

/* Find out the TSC's frequency; once, on the boot CPU. */
void time_init(void);

/* Busy-wait; for boot and hardware protocols only. */
void time_delay(uint64_t ns);

/* A timer tick of this CPU; from the interrupt. */
void time_tick(void);

#endif
