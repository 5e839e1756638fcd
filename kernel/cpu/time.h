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

/* The TSC's frequency, its value at boot, and how much went to finding out. */
uint64_t time_tsc_khz(void);
uint64_t time_tsc_boot(void);
uint64_t time_tsc_wait(void);

/* Boot begins now; the first thing that the kernel does. */
void time_mark_boot(void);

/* Boot has waited for a clock from TSC value `start` until now. */
void time_count_wait(uint64_t start);

/* Find out the TSC's frequency; once, on the boot CPU. */
void time_init(void);

/* Busy-wait; for boot and hardware protocols only. */
void time_delay(uint64_t ns);

/* A timer tick of this CPU; from the interrupt. */
void time_tick(void);

#endif
