/* units.c - a number, a unit, and for durations perhaps more of them.
 *
 * Decimals are read as digits, not as a double, so that 0.1s is exactly 100,000 us.
 */
#include "config/units.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t value;
};

static const struct unit durations[] = {
	{ "d", INT64_C(86400000000) },
	{ "h", INT64_C(3600000000) },
	{ "m", 60000000 },
	{ "s", 1000000 },
	{ "ms", 1000 },
};

static const struct unit sizes[] = {
	{ "TiB", INT64_C(1) << 40 },
	{ "TB", INT64_C(1000000000000) },
	{ "GiB", 1 << 30 },
	{ "GB", 1000000000 },
	{ "MiB", 1 << 20 },
	{ "MB", 1000000 },
	{ "KiB", 1 << 10 },
	{ "kB", 1000 },
	{ "B", 1 },
};

static const int64_t longest_us = INT64_C(36525) * INT64_C(86400000000);

#define COUNT(array) (sizeof array / sizeof array[0])

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* A number "12" or "1.25" in front of a unit. Digits beyond nine decimals are refused. */
struct amount {
	int64_t whole, part, part_scale;
};

static enum bw_status read_amount(const char **text, struct amount *out)
{
	struct amount amount = { 0, 0, 1 };
	const char *at = *text;

	if (!is_digit(*at))
		return BW_EPARSE;
	for (; is_digit(*at); at++) {
		if (amount.whole > INT64_MAX / 10 - 1)
			return BW_ELIMIT;
		amount.whole = amount.whole * 10 + (*at - '0');
	}
	if (*at == '.') {
		if (!is_digit(*++at))
			return BW_EPARSE;
		for (; is_digit(*at); at++) {
			if (amount.part_scale >= 1000000000)
				return BW_EPARSE;
			amount.part = amount.part * 10 + (*at - '0');
			amount.part_scale *= 10;
		}
	}
	*text = at;
	*out = amount;
	return BW_OK;
}

static size_t letters(const char *text)
{
	size_t len = 0;

	while ((text[len] >= 'a' && text[len] <= 'z') || (text[len] >= 'A' && text[len] <= 'Z'))
		len++;
	return len;
}

/* The row of the unit `text` begins with, or NULL. */
static const struct unit *find_unit(const struct unit *units, size_t count, const char *text)
{
	size_t len = letters(text);

	for (size_t i = 0; i < count; i++)
		if (strlen(units[i].name) == len && strncmp(units[i].name, text, len) == 0)
			return &units[i];
	return NULL;
}

static enum bw_status scale(const struct amount *amount, int64_t unit, int64_t limit, int64_t *out)
{
	long double part =
		(long double)amount->part * (long double)unit / (long double)amount->part_scale;

	if (amount->whole > limit / unit)
		return BW_ELIMIT;
	*out = amount->whole * unit;
	if ((int64_t)part > limit - *out)
		return BW_ELIMIT;
	*out += (int64_t)part;
	return BW_OK;
}

enum bw_status config_duration_parse(const char *text, int64_t *out_us)
{
	const struct unit *last = NULL;
	int64_t total = 0;

	if (strcmp(text, "0") == 0) {
		*out_us = 0;
		return BW_OK;
	}
	do {
		struct amount amount;
		int64_t us;
		enum bw_status status = read_amount(&text, &amount);
		const struct unit *unit = find_unit(durations, COUNT(durations), text);

		if (status != BW_OK)
			return status;
		if (!unit || (last && unit <= last))
			return BW_EPARSE;
		status = scale(&amount, unit->value, longest_us - total, &us);
		if (status != BW_OK)
			return status;
		total += us;
		text += strlen(unit->name);
		last = unit;
	} while (*text);
	*out_us = total;
	return BW_OK;
}

enum bw_status config_size_parse(const char *text, int64_t *out_bytes)
{
	struct amount amount;
	const struct unit *unit;
	enum bw_status status = read_amount(&text, &amount);

	if (status != BW_OK)
		return status;
	if (*text == '\0' && amount.part_scale == 1) {
		*out_bytes = amount.whole;
		return BW_OK;
	}
	unit = find_unit(sizes, COUNT(sizes), text);
	if (!unit || text[strlen(unit->name)] != '\0')
		return BW_EPARSE;
	return scale(&amount, unit->value, INT64_MAX, out_bytes);
}

void config_duration_format(int64_t us, char out[CONFIG_UNIT_TEXT_MAX])
{
	const struct unit *last = &durations[COUNT(durations) - 1]; /* has the decimals */
	size_t len = 0;

	for (const struct unit *unit = durations; unit < last; unit++) {
		int64_t whole = us / unit->value;

		us -= whole * unit->value;
		if (whole > 0)
			len += (size_t)snprintf(out + len, CONFIG_UNIT_TEXT_MAX - len, "%lld%s",
						(long long)whole, unit->name);
	}
	if (us % last->value != 0)
		snprintf(out + len, CONFIG_UNIT_TEXT_MAX - len, "%d.%03d%s",
			 (int)(us / last->value), (int)(us % last->value), last->name);
	else if (us > 0 || len == 0)
		snprintf(out + len, CONFIG_UNIT_TEXT_MAX - len, "%d%s", (int)(us / last->value),
			 us > 0 ? last->name : "s");
}

void config_size_format(int64_t bytes, char out[CONFIG_UNIT_TEXT_MAX])
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		if (bytes != 0 && bytes % sizes[i].value == 0) {
			snprintf(out, CONFIG_UNIT_TEXT_MAX, "%lld%s",
				 (long long)(bytes / sizes[i].value), sizes[i].name);
			return;
		}
	}
	snprintf(out, CONFIG_UNIT_TEXT_MAX, "0");
}
