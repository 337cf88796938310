/* civil.h - days counted from 1970-01-01 as dates, and back. Private to src/time.
 *
 * Units:   days; years of the Gregorian calendar, also before it began, with a year 0.
 * Limits:  years within CIVIL_YEAR_MAX of 0.
 * Threads: any.
 */
#ifndef BW_TIME_CIVIL_H
#define BW_TIME_CIVIL_H

#include <stdint.h>

enum { CIVIL_YEAR_MAX = 200000 };

struct civil {
	int year, month, day; /* month 1..12, day 1..31 */
};

/* A day that is too large runs over into the next month. */
int64_t civil_to_days(int64_t year, int month, int day);
struct civil civil_from_days(int64_t days);
int civil_weekday(int64_t days); /* 0 Sunday .. 6 Saturday */
/* Rounds down, also below zero. `by` is positive. */
int64_t civil_floor(int64_t value, int64_t by);

#endif
