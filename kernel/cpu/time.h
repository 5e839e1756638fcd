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

#endif
