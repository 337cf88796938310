/* text.c - durations and sizes, each in the unit that leaves the fewest digits. */
#include "checks/text.h"

#include <stddef.h>
#include <stdio.h>

#include "base/time.h"

void check_text_duration(int64_t us, char out[CHECK_DURATION_MAX])
{
	const int64_t day = 86400 * BW_SECOND_US;

	if (us < 0)
		us = 0;
	if (us >= 2 * day)
		snprintf(out, CHECK_DURATION_MAX, "%lld days", (long long)(us / day));
	else if (us >= BW_SECOND_US && us % BW_SECOND_US == 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld s", (long long)(us / BW_SECOND_US));
	else if (us >= 10 * BW_SECOND_US)
		snprintf(out, CHECK_DURATION_MAX, "%.1f s", (double)us / 1e6);
	else if (us >= 10000)
		snprintf(out, CHECK_DURATION_MAX, "%lld ms", (long long)(us + 500) / 1000);
	else if (us % 1000 == 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld ms", (long long)us / 1000);
	else
		snprintf(out, CHECK_DURATION_MAX, "%.1f ms", (double)us / 1000);
}

void check_text_age(int64_t us, char out[CHECK_DURATION_MAX])
{
	long long seconds = us > 0 ? us / BW_SECOND_US : 0;
	long long minutes = seconds / 60, hours = minutes / 60, days = hours / 24;

	if (us > 0 && us < BW_SECOND_US)
		check_text_duration(us, out);
	else if (seconds < 120 && seconds % 60 != 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld s", seconds);
	else if (minutes < 120 && minutes % 60 != 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld min", minutes);
	else if (hours < 48 && minutes % 60 != 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld h %lld min", hours, minutes % 60);
	else if (hours < 48 && hours > 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld h", hours);
	else if (days > 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld days", days);
	else
		snprintf(out, CHECK_DURATION_MAX, "%lld s", seconds);
}

void check_text_size(int64_t bytes, char out[CHECK_DURATION_MAX])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = bytes > 0 ? (double)bytes : 0;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	if (unit == 0 || value >= 100 || value == (double)(int64_t)value)
		snprintf(out, CHECK_DURATION_MAX, "%.0f %s", value, units[unit]);
	else
		snprintf(out, CHECK_DURATION_MAX, "%.1f %s", value, units[unit]);
}
