/* zone_impl.h - a zone in seconds, for cron.c. Private to src/time. */
#ifndef BW_TIME_ZONE_IMPL_H
#define BW_TIME_ZONE_IMPL_H

#include "time/zone.h"

/* zone_moment() of a local time counted in seconds since 1970-01-01 there. */
int64_t zone_moment_s(const struct zone *zone, int64_t local_s);
/* East of UTC. */
int zone_offset_s(const struct zone *zone, int64_t at_s);

#endif
