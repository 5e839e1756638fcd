/* SPDX-License-Identifier: MIT */
/*
 * How much of the kernel is up when a driver plays.  A check of an early
 * exercise must not need a later one: so drivers of memory start with nothing
 * but the boot page tables, and take what they need.
 */
#ifndef GRADING_DRIVERS_KERNEL_LIB_STAGE_H
#define GRADING_DRIVERS_KERNEL_LIB_STAGE_H

#include "grading/drivers/lib/driver.h"

/*
 * Each driver says: does it play in a thread of a kernel that is all up, but
 * for process 1?  If not, nothing is up: interrupts are off, and it calls one
 * of the stages.
 */
extern const bool driver_in_thread;

void stage_frames(void); /* pmm_init() was called */
void stage_paging(void); /* paging_init() too */

#endif
