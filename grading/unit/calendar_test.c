/* SPDX-License-Identifier: MIT */
/* The calendar against the C library's, and against nonsense. */
/* links: vmm/dev/calendar.c */
#include "vmm/dev/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#define CYCLE (146097ull * 86400) /* seconds of 400 years */

static void
calendar_agrees_with_gmtime(void **state)
{
	uint64_t seconds;

	(void)state;
	for (seconds = 0; seconds < CYCLE; seconds += 86400 * 9 + 3723) {
		time_t t = (time_t)seconds;
		struct calendar cal;
		struct tm tm;

		gmtime_r(&t, &tm);
		calendar_from_seconds(&cal, seconds);
		assert_int_equal(cal.second, tm.tm_sec);
		assert_int_equal(cal.minute, tm.tm_min);
		assert_int_equal(cal.hour, tm.tm_hour);
		assert_int_equal(cal.day, tm.tm_mday);
		assert_int_equal(cal.month, tm.tm_mon + 1);
		assert_int_equal(cal.year, tm.tm_year + 1900);
		assert_int_equal(cal.weekday, tm.tm_wday);
	}
}

static void
calendar_to_seconds_is_the_inverse(void **state)
{
	uint64_t seconds;

	(void)state;
	for (seconds = 1; seconds < CYCLE; seconds += 86400 * 11 + 7) {
		struct calendar cal;

		calendar_from_seconds(&cal, seconds);
		assert_int_equal(calendar_to_seconds(&cal), seconds);
	}
}

static void
calendar_knows_leap_years(void **state)
{
	const struct calendar in_2000 = { .day = 29, .month = 2, .year = 2000 };
	const struct calendar in_2100 = { .day = 1, .month = 3, .year = 2100 };
	struct calendar cal;

	(void)state;
	calendar_from_seconds(&cal, calendar_to_seconds(&in_2000));
	assert_int_equal(cal.day, 29);
	calendar_from_seconds(&cal, calendar_to_seconds(&in_2100) - 86400);
	assert_int_equal(cal.day, 28);
}

static void
calendar_takes_any_numbers(void **state)
{
	const struct calendar wild = { .second = 255,
		.minute = 255,
		.hour = 255,
		.day = 0,
		.month = 0,
		.year = 25755 };
	struct calendar cal;

	(void)state;
	calendar_from_seconds(&cal, calendar_to_seconds(&wild));
	assert_in_range(cal.month, 1, 12);
	calendar_from_seconds(&cal, UINT64_MAX);
	assert_in_range(cal.year, 1970, 2369);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calendar_agrees_with_gmtime),
		cmocka_unit_test(calendar_to_seconds_is_the_inverse),
		cmocka_unit_test(calendar_knows_leap_years),
		cmocka_unit_test(calendar_takes_any_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
