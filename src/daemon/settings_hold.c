/* settings_hold.c - a number with a unit is a time, one without is a count of samples. */
#include "daemon/settings_hold.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "config/units.h"

#define HOLD_MAX_US (31 * 86400 * BW_SECOND_US)

enum { DIGITS_MAX = 6 };

/* A whole number of few digits; *text moves behind it. -1: there is none. */
static int take_number(const char **text)
{
	size_t len = strspn(*text, "0123456789");
	int value;

	if (len == 0 || len > DIGITS_MAX)
		return -1;
	value = (int)strtol(*text, NULL, 10);
	*text += len;
	return value;
}

static enum bw_status set_count(int m, int n, struct alert_hold *out, struct bw_error *err)
{
	if (n < 1 || n > ALERT_SAMPLES_MAX)
		return bw_fail(err, BW_EPARSE,
			       "%d samples cannot be waited for; between 1 and %d can, and a time "
			       "needs a unit: %ds, or m, h, d",
			       n, ALERT_SAMPLES_MAX, n);
	if (m > n)
		return bw_fail(
			err, BW_EPARSE,
			"%d of %d samples is never so; the first number is between 1 and the "
			"second",
			m, n);
	*out = (struct alert_hold){ .m = m, .n = n };
	return BW_OK;
}

static enum bw_status set_time(const char *text, struct alert_hold *out, struct bw_error *err)
{
	int64_t time_us;

	if (config_duration_parse(text, &time_us) != BW_OK)
		return bw_fail(err, BW_EPARSE,
			       "`%.40s` is no time to wait; write a duration such as 1m, samples "
			       "in a row such as 3, or `3 of 5`",
			       text);
	if (time_us > HOLD_MAX_US)
		return bw_fail(err, BW_EPARSE, "`%.40s` is too long; 31d is the most", text);
	*out = (struct alert_hold){ .time_us = time_us, .m = 1, .n = 1 };
	return BW_OK;
}

enum bw_status settings_hold_parse(const char *text, struct alert_hold *out, struct bw_error *err)
{
	const char *rest = text + strspn(text, " ");
	int m = take_number(&rest), n = m;

	rest += strspn(rest, " ");
	if (m > 0 && strncmp(rest, "of ", 3) == 0) {
		rest += 3 + strspn(rest + 3, " ");
		n = take_number(&rest);
	} else if (m == 0) {
		n = -1; /* "0" is a time */
	}
	if (n < 0 || rest[strspn(rest, " ")] != '\0')
		return set_time(text, out, err);
	return set_count(m, n, out, err);
}
