/* SPDX-License-Identifier: MIT */
/*
 * The numbers that tests and checks make their cases from: drivers, on the host
 * and in the kernel, the differential guest, probes, and the test of the
 * emulator against the CPU.  One seed makes one case, everywhere.
 */
#ifndef GRADING_DRIVERS_LIB_DICE_H
#define GRADING_DRIVERS_LIB_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stream of numbers; the same for the same start, and near ones are far. */
struct dice {
	uint64_t state;
};
uint64_t dice_next(struct dice *d);
/* 0 to n - 1. */
uint64_t dice_below(struct dice *d, uint64_t n);
/* True in percent of all cases. */
bool dice_percent(struct dice *d, unsigned percent);
/* Numbers that tell more than others: near 0, near powers of 2, any. */
uint64_t dice_value(struct dice *d);

/* A number that stands for many bytes. */
uint64_t digest(uint64_t start, const void *data, size_t size);

#endif
