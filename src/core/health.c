/* health.c - words and two orders of badness.
 *
 * `bw_health_worse` ranks unknown between healthy and degraded: a component nobody could look at is
 * no proof of trouble, but it must not hide behind healthy ones either.
 */
#include "core/health.h"

#include <string.h>

#include "base/assert.h"

static const char *const texts[BW_HEALTH_MAX] = {
	[BW_HEALTH_UNKNOWN] = "unknown",
	[BW_HEALTH_HEALTHY] = "healthy",
	[BW_HEALTH_DEGRADED] = "degraded",
	[BW_HEALTH_UNHEALTHY] = "unhealthy",
};

const char *bw_health_text(enum bw_health health)
{
	bw_assert((unsigned)health < BW_HEALTH_MAX);
	return texts[health];
}

enum bw_status bw_health_parse(const char *text, enum bw_health *out)
{
	for (int i = 0; i < BW_HEALTH_MAX; i++) {
		if (strcmp(text, texts[i]) == 0) {
			*out = (enum bw_health)i;
			return BW_OK;
		}
	}
	return BW_EPARSE;
}

static int badness(enum bw_health health)
{
	static const int order[BW_HEALTH_MAX] = {
		[BW_HEALTH_HEALTHY] = 0,
		[BW_HEALTH_UNKNOWN] = 1,
		[BW_HEALTH_DEGRADED] = 2,
		[BW_HEALTH_UNHEALTHY] = 3,
	};

	bw_assert((unsigned)health < BW_HEALTH_MAX);
	return order[health];
}

enum bw_health bw_health_worse(enum bw_health a, enum bw_health b)
{
	return badness(a) >= badness(b) ? a : b;
}

enum bw_health bw_health_overall(const struct bw_health_tally *tally)
{
	if (tally->total == 0)
		return BW_HEALTH_UNKNOWN;
	if (tally->critical_unhealthy > 0)
		return BW_HEALTH_UNHEALTHY;
	if (tally->count[BW_HEALTH_UNHEALTHY] > 0 || tally->count[BW_HEALTH_DEGRADED] > 0)
		return BW_HEALTH_DEGRADED;
	if (tally->count[BW_HEALTH_UNKNOWN] > 0)
		return BW_HEALTH_UNKNOWN;
	return BW_HEALTH_HEALTHY;
}
