/* footer.c - reads the text, and finds the change next to a time among those of three years.
 *
 * A change may fall into the year before or after its own (times reach from -167 to 167 hours), so
 * that a year alone never decides. Where summer time ends at the very moment it begins, as where it
 * lasts all year, the beginning wins.
 */
#include "time/footer.h"

#include <string.h>

#include "time/civil.h"

enum { DAY_S = 86400, HOURS_MAX = 167, YEARS_LOOKED_AT = 3 };

struct reader {
	const char *at, *end;
};

static bool take(struct reader *reader, char byte)
{
	if (reader->at == reader->end || *reader->at != byte)
		return false;
	reader->at++;
	return true;
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* "EST" or "<-03>": three bytes at least; nobody needs them. */
static bool take_name(struct reader *reader)
{
	bool is_quoted = take(reader, '<');
	const char *begin = reader->at;
	size_t len;

	while (reader->at < reader->end &&
	       (is_letter(*reader->at) ||
		(is_quoted && (is_digit(*reader->at) || *reader->at == '+' || *reader->at == '-'))))
		reader->at++;
	len = (size_t)(reader->at - begin);
	return len >= 3 && (!is_quoted || take(reader, '>'));
}

static bool take_number(struct reader *reader, int max, int *out)
{
	int value = 0;

	if (reader->at == reader->end || !is_digit(*reader->at))
		return false;
	while (reader->at < reader->end && is_digit(*reader->at)) {
		value = value * 10 + (*reader->at++ - '0');
		if (value > max)
			return false;
	}
	*out = value;
	return true;
}

/* "[+-]hh[:mm[:ss]]" in seconds. */
static bool take_time(struct reader *reader, int hours_max, int *out_s)
{
	int sign = take(reader, '-') ? -1 : 1;
	int hours, minutes = 0, seconds = 0;

	if (sign > 0)
		take(reader, '+');
	if (!take_number(reader, hours_max, &hours))
		return false;
	if (take(reader, ':') && !take_number(reader, 59, &minutes))
		return false;
	if (take(reader, ':') && !take_number(reader, 59, &seconds))
		return false;
	*out_s = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

static bool take_day(struct reader *reader, struct footer_change *change)
{
	if (take(reader, 'J')) {
		change->kind = FOOTER_JULIAN;
		return take_number(reader, 365, &change->day) && change->day >= 1;
	}
	if (!take(reader, 'M')) {
		change->kind = FOOTER_DAY;
		return take_number(reader, 365, &change->day);
	}
	change->kind = FOOTER_MONTH_DAY;
	return take_number(reader, 12, &change->month) && change->month >= 1 && take(reader, '.') &&
	       take_number(reader, 5, &change->week) && change->week >= 1 && take(reader, '.') &&
	       take_number(reader, 6, &change->weekday);
}

static bool take_change(struct reader *reader, struct footer_change *change)
{
	change->time_s = 2 * 3600;
	return take(reader, ',') && take_day(reader, change) &&
	       (!take(reader, '/') || take_time(reader, HOURS_MAX, &change->time_s));
}

bool footer_parse(const char *text, size_t len, struct footer *out)
{
	struct reader reader = { text, text + len };
	struct footer footer = { 0 };

	if (!take_name(&reader) || !take_time(&reader, 24, &footer.standard_s))
		return false;
	footer.standard_s = -footer.standard_s;
	if (reader.at < reader.end) {
		footer.has_summer = true;
		footer.summer_s = footer.standard_s + 3600;
		if (!take_name(&reader))
			return false;
		if (reader.at < reader.end && *reader.at != ',') {
			if (!take_time(&reader, 24, &footer.summer_s))
				return false;
			footer.summer_s = -footer.summer_s;
		}
		if (!take_change(&reader, &footer.start) || !take_change(&reader, &footer.end) ||
		    reader.at < reader.end)
			return false;
	}
	*out = footer;
	return true;
}

static bool is_leap(int64_t year)
{
	return civil_to_days(year, 3, 1) - civil_to_days(year, 2, 28) == 2;
}

static int64_t month_day(const struct footer_change *change, int64_t year)
{
	int64_t first = civil_to_days(year, change->month, 1);
	int64_t next = change->month == 12 ? civil_to_days(year + 1, 1, 1)
					   : civil_to_days(year, change->month + 1, 1);
	int64_t day = first + (change->weekday - civil_weekday(first) + 7) % 7 +
		      INT64_C(7) * (change->week - 1);

	return day < next ? day : day - 7;
}

/* The local time of the change, as if the clocks there were UTC's. */
static int64_t change_in(const struct footer_change *change, int64_t year)
{
	int64_t first = civil_to_days(year, 1, 1), day = first + change->day;

	if (change->kind == FOOTER_JULIAN)
		day -= !(is_leap(year) && change->day >= 60);
	else if (change->kind == FOOTER_MONTH_DAY)
		day = month_day(change, year);
	return day * DAY_S + change->time_s;
}

static int64_t year_of(const struct footer *footer, int64_t at_s)
{
	return civil_from_days(civil_floor(at_s + footer->standard_s, DAY_S)).year;
}

int footer_offset(const struct footer *footer, int64_t at_s)
{
	int64_t year = year_of(footer, at_s) - 1, latest = INT64_MIN;
	int offset = footer->standard_s;

	if (!footer->has_summer)
		return offset;
	for (int i = 0; i < YEARS_LOOKED_AT; i++, year++) {
		int64_t start = change_in(&footer->start, year) - footer->standard_s;
		int64_t end = change_in(&footer->end, year) - footer->summer_s;

		if (end <= at_s && end > latest) {
			latest = end;
			offset = footer->standard_s;
		}
		if (start <= at_s && start >= latest) {
			latest = start;
			offset = footer->summer_s;
		}
	}
	return offset;
}

bool footer_next(const struct footer *footer, int64_t at_s, int64_t *out_s)
{
	int64_t year = year_of(footer, at_s) - 1, next = INT64_MAX;

	if (!footer->has_summer)
		return false;
	for (int i = 0; i < YEARS_LOOKED_AT; i++, year++) {
		int64_t start = change_in(&footer->start, year) - footer->standard_s;
		int64_t end = change_in(&footer->end, year) - footer->summer_s;

		if (start > at_s && start < next)
			next = start;
		if (end > at_s && end < next)
			next = end;
	}
	if (next == INT64_MAX)
		return false;
	*out_s = next;
	return true;
}
