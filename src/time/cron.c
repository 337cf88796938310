/* cron.c - fields as bits; the next time is found on the calendar there and then made a moment.
 *
 * Local times are counted in minutes. The moment of a local time never goes back as the local time
 * goes on (zone.h), so all local times whose moment is not after a given one end at one minute,
 * which a binary search finds: cron_previous() looks from there backwards, cron_next() from the
 * minute behind it forwards. What a change of clocks leaves out, or brings twice, needs no case of
 * its own.
 */
#include "time/cron.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "time/civil.h"
#include "time/footer.h"
#include "time/zone_impl.h"

enum {
	FIELDS = 5,
	TEXT_BYTES_MAX = 256,
	MINUTES_A_DAY = 1440,
	DAYS_LOOKED_AT = 8 * 366 + 2,
	EIGHT_YEARS_S = 8 * 366 * 86400,
};

/* Beyond these seconds nobody plans anything, and the calendar ends. */
#define MOMENT_MAX_S (INT64_C(180000) * 365 * 86400)

struct field {
	const char *name;
	int min, max;
	const char *range;        /* for people */
	const char *const *words; /* names of the values from `min`; NULL: none */
};

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul",
				      "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekdays[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL };

static const struct field fields[FIELDS] = {
	{ "minute", 0, 59, "0 to 59", NULL },
	{ "hour", 0, 23, "0 to 23", NULL },
	{ "day of the month", 1, 31, "1 to 31", NULL },
	{ "month", 1, 12, "1 to 12, or jan to dec", months },
	{ "day of the week", 0, 7, "0 to 7 (0 and 7 are Sunday), or sun to sat", weekdays },
};

static const struct {
	const char *name, *text;
} shorthands[] = {
	{ "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" },
	{ "@weekly", "0 0 * * 0" }, { "@daily", "0 0 * * *" },    { "@midnight", "0 0 * * *" },
	{ "@hourly", "0 * * * *" },
};

/* --- reading --- */

struct reader {
	const struct field *field;
	const char *at;
	struct bw_error *err;
};

static enum bw_status fail(const struct reader *reader, const char *token, size_t len)
{
	const struct field *field = reader->field;

	return bw_fail(reader->err, BW_EPARSE,
		       "`%.*s` is no %s: write %s, a list (1,3), a range (1-3), steps (*/2, "
		       "1-9/2) or *",
		       (int)(len > 40 ? 40 : len), token, field->name, field->range);
}

/* One value, a number or a name; -1: it is none. */
static int take_value(struct reader *reader)
{
	const struct field *field = reader->field;
	size_t len = strspn(reader->at, "0123456789");
	int value = 0;

	if (len > 0 && len <= 3) {
		for (size_t i = 0; i < len; i++)
			value = value * 10 + (*reader->at++ - '0');
		return value >= field->min && value <= field->max ? value : -1;
	}
	for (int i = 0; len == 0 && field->words && field->words[i]; i++) {
		if (strncasecmp(reader->at, field->words[i], 3) == 0) {
			reader->at += 3;
			return field->min + i;
		}
	}
	return -1;
}

/* "/n" behind a range or a star; 1 when there is none, -1: it is none. */
static int take_step(struct reader *reader)
{
	size_t len;
	int step = 0;

	if (*reader->at != '/')
		return 1;
	reader->at++;
	len = strspn(reader->at, "0123456789");
	if (len == 0 || len > 3)
		return -1;
	while (len-- > 0)
		step = step * 10 + (*reader->at++ - '0');
	return step > 0 && step <= reader->field->max ? step : -1;
}

/* "*", "5", "1-5", each with a step except the second. False: it is none. */
static bool take_item(struct reader *reader, uint64_t *bits)
{
	int first = reader->field->min, last = reader->field->max, step;
	bool is_range = true;

	if (*reader->at == '*') {
		reader->at++;
		last -= reader->field->words == weekdays;
	} else {
		first = last = take_value(reader);
		is_range = *reader->at == '-';
		if (is_range) {
			reader->at++;
			last = take_value(reader);
			if (reader->field->words == weekdays && last == 0 && first > 0)
				last = 7;
		}
	}
	step = is_range ? take_step(reader) : 1;
	if (first < 0 || last < first || step < 0)
		return false;
	for (int value = first; value <= last; value += step)
		*bits |= UINT64_C(1) << value;
	return true;
}

static enum bw_status read_field(struct reader *reader, uint64_t *bits)
{
	*bits = 0;
	for (;;) {
		const char *item = reader->at;

		if (!take_item(reader, bits) || !strchr(", \t", *reader->at))
			return fail(reader, item, strcspn(item, ", \t"));
		if (*reader->at != ',')
			return BW_OK;
		reader->at++;
	}
}

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " \t");
}

static int count_fields(const char *text)
{
	int count = 0;

	for (text = skip_spaces(text); *text; text = skip_spaces(text)) {
		text += strcspn(text, " \t");
		count++;
	}
	return count;
}

static enum bw_status read_fields(const char *text, struct cron *out, struct bw_error *err)
{
	uint64_t bits[FIELDS];
	bool is_any[FIELDS];
	struct reader reader = { .at = text, .err = err };

	for (size_t i = 0; i < FIELDS; i++) {
		enum bw_status status;

		reader.field = &fields[i];
		reader.at = skip_spaces(reader.at);
		is_any[i] = *reader.at == '*';
		status = read_field(&reader, &bits[i]);
		if (status != BW_OK)
			return status;
	}
	*out = (struct cron){
		.minutes = bits[0],
		.hours = (uint32_t)bits[1],
		.days = (uint32_t)bits[2],
		.months = (uint32_t)bits[3],
		.weekdays = (uint32_t)((bits[4] | bits[4] >> 7) & 0x7f),
		.any_day = is_any[2],
		.any_weekday = is_any[4],
	};
	return BW_OK;
}

static enum bw_status fail_shorthand(const char *text, struct bw_error *err)
{
	return bw_fail(err, BW_EPARSE,
		       "`%.40s` is no schedule; known are @hourly, @daily, @midnight, @weekly, "
		       "@monthly, @yearly and @annually",
		       text);
}

enum bw_status cron_parse(const char *text, struct cron *out, struct bw_error *err)
{
	const char *begin = skip_spaces(text);
	int count;

	if (strlen(text) > TEXT_BYTES_MAX)
		return bw_fail(err, BW_EPARSE, "a schedule has at most %d bytes", TEXT_BYTES_MAX);
	for (size_t i = 0; i < sizeof shorthands / sizeof shorthands[0]; i++) {
		size_t len = strlen(shorthands[i].name);

		if (strncasecmp(begin, shorthands[i].name, len) == 0 && !*skip_spaces(begin + len))
			return read_fields(shorthands[i].text, out, err);
	}
	if (*begin == '@')
		return fail_shorthand(begin, err);
	count = count_fields(text);
	if (count != FIELDS)
		return bw_fail(err, BW_EPARSE,
			       "a schedule has five fields, minute, hour, day of the month, month "
			       "and day of the week, such as \"0 2 * * 1-5\"; this one has %d",
			       count);
	return read_fields(text, out, err);
}

/* --- asking --- */

static bool day_matches(const struct cron *cron, int64_t days)
{
	struct civil civil = civil_from_days(days);
	bool day = cron->days >> civil.day & 1;
	bool weekday = cron->weekdays >> civil_weekday(days) & 1;

	if (!(cron->months >> civil.month & 1))
		return false;
	return cron->any_day || cron->any_weekday ? day && weekday : day || weekday;
}

static bool minute_matches(const struct cron *cron, int minute)
{
	return (cron->hours >> (minute / 60) & 1) && (cron->minutes >> (minute % 60) & 1);
}

/* The next matching minute at or behind `label` in the direction of `step`, 1 or -1. */
static bool find_label(const struct cron *cron, int64_t label, int step, int64_t *out)
{
	int64_t days = civil_floor(label, MINUTES_A_DAY);
	int minute = (int)(label - days * MINUTES_A_DAY);

	for (int i = 0; i < DAYS_LOOKED_AT; i++, days += step) {
		bool is_day = day_matches(cron, days);

		for (; is_day && minute >= 0 && minute < MINUTES_A_DAY; minute += step) {
			if (minute_matches(cron, minute)) {
				*out = days * MINUTES_A_DAY + minute;
				return true;
			}
		}
		minute = step > 0 ? 0 : MINUTES_A_DAY - 1;
	}
	return false;
}

static int64_t moment_of(const struct zone *zone, int64_t label)
{
	return zone_moment_s(zone, label * 60);
}

/* The last local minute whose moment is not after `at_s`. */
static int64_t last_label(const struct zone *zone, int64_t at_s)
{
	int64_t low = civil_floor(at_s + zone_offset_s(zone, at_s), 60);
	int64_t high = low + 2 * ZONE_OFFSET_MAX_S / 60;

	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;

		if (moment_of(zone, middle) <= at_s)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static bool is_sane(int64_t at_s)
{
	return at_s >= -MOMENT_MAX_S && at_s <= MOMENT_MAX_S;
}

bool cron_next(const struct cron *cron, const struct zone *zone, struct bw_wall after,
	       struct bw_wall *out)
{
	int64_t after_s = civil_floor(after.us, BW_SECOND_US), label, moment_s;

	if (!is_sane(after_s) || !find_label(cron, last_label(zone, after_s) + 1, 1, &label))
		return false;
	moment_s = moment_of(zone, label);
	if (moment_s - after_s > EIGHT_YEARS_S)
		return false;
	*out = (struct bw_wall){ moment_s * BW_SECOND_US };
	return true;
}

bool cron_previous(const struct cron *cron, const struct zone *zone, struct bw_wall at,
		   struct bw_wall *out)
{
	int64_t at_s = civil_floor(at.us, BW_SECOND_US), label, moment_s;

	if (!is_sane(at_s) || !find_label(cron, last_label(zone, at_s), -1, &label))
		return false;
	moment_s = moment_of(zone, label);
	if (at_s - moment_s > EIGHT_YEARS_S)
		return false;
	*out = (struct bw_wall){ moment_s * BW_SECOND_US };
	return true;
}
