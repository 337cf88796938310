/* api_range.c - see api_range.h: the part that knows no request. */
#include "daemon/api_range.h"

#include <string.h>

#include "config/units.h"

/* Whole weeks and years, which durations of the configuration do not have. */
static enum bw_status parse_long(const char *text, size_t len, int64_t *out_us)
{
	int64_t unit_us = text[len - 1] == 'y' ? API_YEAR_US : 7 * API_DAY_US;
	int64_t count = 0;

	for (size_t i = 0; i + 1 < len; i++) {
		if (text[i] < '0' || text[i] > '9' || count > 1000)
			return BW_EPARSE;
		count = count * 10 + (text[i] - '0');
	}
	if (len < 2)
		return BW_EPARSE;
	*out_us = count * unit_us;
	return BW_OK;
}

enum bw_status api_range_parse(const char *text, int64_t *out_us)
{
	size_t len = strlen(text);
	bool is_long = len > 0 && (text[len - 1] == 'y' || text[len - 1] == 'w');
	int64_t us;
	enum bw_status status =
		is_long ? parse_long(text, len, &us) : config_duration_parse(text, &us);

	if (status != BW_OK)
		return BW_EPARSE;
	if (us < BW_SECOND_US || us > 100 * API_YEAR_US)
		return BW_ELIMIT;
	*out_us = us;
	return BW_OK;
}

bool api_range_is_recent(const struct api_range *range)
{
	return range->from.us >= range->now.us - API_DAY_US && range->from.us <= range->now.us;
}

int64_t api_range_width_us(const struct api_range *range, int64_t least_us)
{
	static const int64_t usual_s[] = { 1,   2,   5,    10,   15,   30,    60,    120,  300,
					   600, 900, 1800, 3600, 7200, 10800, 21600, 43200 };
	const int64_t span_us = range->to.us - range->from.us;

	/* Two ends may be cut: one more than fits. */
	for (size_t i = 0; i < sizeof(usual_s) / sizeof(usual_s[0]); i++) {
		int64_t width_us = usual_s[i] * BW_SECOND_US;

		if (width_us >= least_us && span_us / width_us + 1 < range->points)
			return width_us;
	}
	for (int64_t days = 1;; days++)
		if (span_us / (days * API_DAY_US) + 1 < range->points)
			return days * API_DAY_US;
}
