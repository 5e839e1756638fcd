/* SPDX-License-Identifier: MIT */
/*
 * The Gregorian calendar, as a clock chip needs it: seconds since the first
 * of January 1970, UTC, to a date and back.  Pure.
 *
 * The calendar repeats every 400 years, so times are taken modulo that:
 * everything here is bounded, whatever a guest writes into its clock.
 */
#ifndef VMM_DEV_CALENDAR_H
#define VMM_DEV_CALENDAR_H

#include <stdint.h>

struct calendar {
	unsigned second, minute, hour; /* from 0 */
	unsigned day, month;	       /* from 1 */
	unsigned year;		       /* 1970 to 2369 */
	unsigned weekday; /* 0 is Sunday; ignored by calendar_to_seconds() */
};

void calendar_from_seconds(struct calendar *cal, uint64_t seconds);

/*
 * Fields may be out of range: a month counts as 1 to 12 (0 as 1, more as 12),
 * a year modulo 400, and other fields add up.
 */
uint64_t calendar_to_seconds(const struct calendar *cal);

#endif
