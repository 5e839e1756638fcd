/* SPDX-License-Identifier: MIT */
/* Seconds to dates and back (calendar.h), by counting years and months. */
#include "vmm/dev/calendar.h"

#include <stdbool.h>

#define CALENDAR_EPOCH	1970
#define CALENDAR_CYCLE	400 /* years */
#define DAYS_PER_CYCLE	146097u
#define SECONDS_PER_DAY 86400u
#define EPOCH_WEEKDAY	4 /* a Thursday */

static bool
calendar_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned
calendar_month_days(unsigned year, unsigned month)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };

	return days[month - 1] + (month == 2 && calendar_leap(year));
}

void
calendar_from_seconds(struct calendar *cal, uint64_t seconds)
{
	unsigned left = (unsigned)(seconds / SECONDS_PER_DAY % DAYS_PER_CYCLE);
	unsigned in_day = (unsigned)(seconds % SECONDS_PER_DAY), days;

	cal->second = in_day % 60;
	cal->minute = in_day / 60 % 60;
	cal->hour = in_day / 3600;
	cal->weekday = (left + EPOCH_WEEKDAY) % 7;
	cal->year = CALENDAR_EPOCH;
	while (left >= (days = 365u + calendar_leap(cal->year))) {
		left -= days;
		cal->year++;
	}
	cal->month = 1;
	while (left >= (days = calendar_month_days(cal->year, cal->month))) {
		left -= days;
		cal->month++;
	}
	cal->day = left + 1;
}

uint64_t
calendar_to_seconds(const struct calendar *cal)
{
	unsigned year = CALENDAR_EPOCH +
		(cal->year % CALENDAR_CYCLE + CALENDAR_CYCLE -
			CALENDAR_EPOCH % CALENDAR_CYCLE) %
			CALENDAR_CYCLE;
	unsigned month = cal->month < 1 ? 1 : cal->month > 12 ? 12 : cal->month;
	uint64_t days = cal->day ? cal->day - 1 : 0;

	while (--month)
		days += calendar_month_days(year, month);
	while (year-- > CALENDAR_EPOCH)
		days += 365u + calendar_leap(year);
	return days * SECONDS_PER_DAY + cal->hour * 3600u + cal->minute * 60u +
		cal->second;
}
