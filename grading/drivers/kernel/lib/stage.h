/* SPDX-License-Identifier: MIT */
/*
 * How much of the kernel is up when a driver plays.  A check of an early
 * exercise must not need a later one: so drivers start with little, and take
 * what they need.
 */
#ifndef GRADING_DRIVERS_KERNEL_LIB_STAGE_H
#define GRADING_DRIVERS_KERNEL_LIB_STAGE_H

#include "grading/drivers/lib/driver.h"

/*
 * Each driver says: does it play in a thread?  If so, there are threads, the
 * timer, and what they stand on.  If not, nothing is up but the boot page
 * tables, and interrupts are off.
 */
extern const bool driver_in_thread;

/* For who does not: */
void stage_frames(void); /* pmm_init() was called */
void stage_paging(void); /* paging_init() too */

/* For who does: the kernel is all up, but for process 1. */
void stage_kernel(void);

#endif
