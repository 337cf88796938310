/* time.c - civil dates from and to microseconds since 1970, by arithmetic alone.
 *
 * Why not gmtime_r() and strptime(): they know neither microseconds nor offsets, and looking at
 * the process's locale and zone has no place in a library. Days are counted in years that begin
 * on 1 March, so that the leap day is the last of its year and needs no special case.
 */
#include "base/time.h"

#include <stdbool.h>
#include <string.h>

enum { DAYS_TO_1970 = 719468 /* from 0000-03-01 */, DAYS_IN_400_YEARS = 146097 };

#define DAY_US (86400 * BW_SECOND_US)
#define FIRST_US (INT64_C(-62135596800) * BW_SECOND_US)    /* 0001-01-01T00:00:00 */
#define LAST_US (INT64_C(253402300800) * BW_SECOND_US - 1) /* 9999-12-31T23:59:59.999999 */

struct date {
	int year, month, day;
};

static int64_t days_from_date(struct date date)
{
	int year = date.month > 2 ? date.year : date.year - 1;
	int month = (date.month + 9) % 12; /* 0 is March */
	int64_t leap_days = year / 4 - year / 100 + year / 400;

	return INT64_C(365) * year + leap_days + (153 * month + 2) / 5 + date.day - 1 -
	       DAYS_TO_1970;
}

/* `days` since 1970-01-01, of year 1 or later. */
static struct date date_from_days(int64_t days)
{
	int64_t since = days + DAYS_TO_1970;
	int era = (int)(since / DAYS_IN_400_YEARS);
	int day = (int)(since % DAYS_IN_400_YEARS);
	int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	return (struct date){ era * 400 + year + (month <= 2), month, day + 1 };
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* The last `count` digits of `value`, and what comes behind them. */
static char *put_digits(char *out, int value, int count)
{
	for (int i = count - 1; i >= 0; i--) {
		out[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return out + count;
}

static char *put_pair(char *out, char before, int value)
{
	*out = before;
	return put_digits(out + 1, value, 2);
}

/* Without snprintf(), which took a twentieth of a whole check for this. */
void bw_wall_format(struct bw_wall time, char out[BW_WALL_TEXT_MAX])
{
	int64_t us = time.us < FIRST_US ? FIRST_US : time.us > LAST_US ? LAST_US : time.us;
	int64_t since_first = us - FIRST_US;
	int64_t days = since_first / DAY_US + FIRST_US / DAY_US;
	int64_t in_day = since_first % DAY_US;
	int second = (int)(in_day / BW_SECOND_US);
	int fraction = (int)(in_day % BW_SECOND_US);
	struct date date = date_from_days(days);

	out = put_digits(out, date.year, 4);
	out = put_pair(out, '-', date.month);
	out = put_pair(out, '-', date.day);
	out = put_pair(out, 'T', second / 3600);
	out = put_pair(out, ':', second / 60 % 60);
	out = put_pair(out, ':', second % 60);
	if (fraction) {
		*out++ = '.';
		out = put_digits(out, fraction, 6);
	}
	memcpy(out, "+00:00", sizeof("+00:00"));
}

/* The readers below move *at on over what they took, and leave it when they fail. */
static bool take_digits(const char **at, int count, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		char c = (*at)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*at += count;
	*out = value;
	return true;
}

static bool take_byte(const char **at, char byte)
{
	if (**at != byte)
		return false;
	(*at)++;
	return true;
}

static bool take_date(const char **at, struct date *date)
{
	return take_digits(at, 4, &date->year) && take_byte(at, '-') &&
	       take_digits(at, 2, &date->month) && take_byte(at, '-') &&
	       take_digits(at, 2, &date->day) && date->year >= 1 && date->month >= 1 &&
	       date->month <= 12 && date->day >= 1 &&
	       date->day <= days_in_month(date->year, date->month);
}

static bool take_fraction(const char **at, int64_t *us)
{
	int64_t unit = 100000;
	int digit;

	if (!take_digits(at, 1, &digit))
		return false;
	do {
		*us += digit * unit;
		unit /= 10;
	} while (take_digits(at, 1, &digit));
	return true;
}

/* HH:MM, HH:MM:SS or HH:MM:SS.fraction. */
static bool take_clock(const char **at, int64_t *us)
{
	int hour, minute, second = 0;

	if (!take_digits(at, 2, &hour) || !take_byte(at, ':') || !take_digits(at, 2, &minute))
		return false;
	if (take_byte(at, ':')) {
		if (!take_digits(at, 2, &second))
			return false;
		*us = 0;
		if ((take_byte(at, '.') || take_byte(at, ',')) && !take_fraction(at, us))
			return false;
	} else {
		*us = 0;
	}
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*us += ((hour * 60 + minute) * INT64_C(60) + second) * BW_SECOND_US;
	return true;
}

/* Nothing, Z, or an offset: +HH, +HHMM, +HH:MM. */
static bool take_zone(const char **at, int64_t *offset_us)
{
	int sign, hour, minute = 0;

	*offset_us = 0;
	if (**at == '\0' || take_byte(at, 'Z') || take_byte(at, 'z'))
		return true;
	sign = **at == '-' ? -1 : 1;
	if (!take_byte(at, '+') && !take_byte(at, '-'))
		return false;
	if (!take_digits(at, 2, &hour))
		return false;
	if (**at != '\0') {
		(void)take_byte(at, ':');
		if (!take_digits(at, 2, &minute))
			return false;
	}
	if (hour > 23 || minute > 59)
		return false;
	*offset_us = sign * (hour * 60 + minute) * INT64_C(60) * BW_SECOND_US;
	return true;
}

enum bw_status bw_wall_parse(const char *text, struct bw_wall *out)
{
	struct date date;
	int64_t clock_us = 0, offset_us = 0, us;

	if (!take_date(&text, &date))
		return BW_EPARSE;
	if (*text != '\0') {
		if (!take_byte(&text, 'T') && !take_byte(&text, 't') && !take_byte(&text, ' '))
			return BW_EPARSE;
		if (!take_clock(&text, &clock_us) || !take_zone(&text, &offset_us))
			return BW_EPARSE;
	}
	us = days_from_date(date) * DAY_US + clock_us - offset_us;
	if (*text != '\0' || us < FIRST_US || us > LAST_US)
		return BW_EPARSE;
	out->us = us;
	return BW_OK;
}
