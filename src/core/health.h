/* health.h - the states a component can be in, and which is worse.
 *
 * "We could not look" is BW_HEALTH_UNKNOWN: never healthy, never counted as available.
 * Threads: any; nothing is kept.
 */
#ifndef BW_CORE_HEALTH_H
#define BW_CORE_HEALTH_H

#include "base/status.h"

enum bw_health {
	BW_HEALTH_UNKNOWN = 0, /* not looked yet, or could not look */
	BW_HEALTH_HEALTHY,
	BW_HEALTH_DEGRADED,
	BW_HEALTH_UNHEALTHY,
	BW_HEALTH_MAX,
};

/* "unknown", "healthy", "degraded", "unhealthy". */
const char *bw_health_text(enum bw_health health);
/* BW_EPARSE for any other word. */
BW_MUST_USE enum bw_status bw_health_parse(const char *text, enum bw_health *out);
/* Order: healthy < unknown < degraded < unhealthy. */
enum bw_health bw_health_worse(enum bw_health a, enum bw_health b);

/* Counts of components by state, kept by whoever owns the components. */
struct bw_health_tally {
	int count[BW_HEALTH_MAX];
	int critical_unhealthy; /* of those marked critical */
	int critical_unknown;
	int total;
};

/* The verdict over a tally: nothing to look at is UNKNOWN; a critical component unhealthy makes
 * the system UNHEALTHY; else any unhealthy or degraded one DEGRADED; else any unknown one UNKNOWN;
 * else HEALTHY. */
enum bw_health bw_health_overall(const struct bw_health_tally *tally);

#endif
