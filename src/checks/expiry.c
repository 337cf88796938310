/* expiry.c - the leaf decides: chains are often shown with old roots that nobody needs. */
#include "checks/expiry.h"

#include <stdio.h>

#include "checks/text.h"

static const int64_t day_us = 86400 * BW_SECOND_US;

static void say(char *text, size_t size, const char *what, int64_t us)
{
	char duration[CHECK_DURATION_MAX];

	check_text_duration(us / BW_SECOND_US * BW_SECOND_US, duration);
	snprintf(text, size, "certificate %s %s", what, duration);
}

enum bw_health check_expiry_judge(const struct io_certificate *certificate, struct bw_wall now,
				  const struct check_expiry *limits, char *text, size_t size)
{
	int64_t left_us = certificate->not_after.us - now.us;
	char left[64], limit[CHECK_DURATION_MAX];

	text[0] = '\0';
	if (!certificate->present)
		return BW_HEALTH_HEALTHY;
	if (left_us <= 0) {
		say(text, size, "ran out, since", -left_us);
		return BW_HEALTH_UNHEALTHY;
	}
	if (certificate->not_before.us > now.us) {
		say(text, size, "begins only in", certificate->not_before.us - now.us);
		return BW_HEALTH_UNHEALTHY;
	}
	say(left, sizeof(left), "runs out in", left_us);
	if (limits->critical_us > 0 && left_us < limits->critical_us) {
		check_text_duration(limits->critical_us, limit);
		snprintf(text, size, "%s, limit %s", left, limit);
		return BW_HEALTH_UNHEALTHY;
	}
	if (limits->warn_us <= 0 || left_us >= limits->warn_us)
		return BW_HEALTH_HEALTHY;
	check_text_duration(limits->warn_us, limit);
	snprintf(text, size, "%s, limit %s", left, limit);
	return BW_HEALTH_DEGRADED;
}

void check_expiry_write(const struct io_certificate *certificate, struct bw_wall now,
			struct bw_json *json)
{
	int64_t left_us = certificate->not_after.us - now.us;

	if (!certificate->present)
		return;
	bw_json_key(json, "certificate_days_left");
	bw_json_int(json, left_us < 0 ? -(-left_us / day_us) - 1 : left_us / day_us);
}
