/* zone.h - the rules of one time zone, read from the system's tzdata (TZif, RFC 8536).
 *
 * The folder is /usr/share/zoneinfo, or $TZDIR where that is an absolute path, as for the C
 * library.
 *
 * Owns:    a zone owns its table. Threads: any; read-only once opened.
 * Errors:  BW_ENOTFOUND: no such zone; BW_EPARSE: its file is damaged. The text says what to do.
 */
#ifndef BW_TIME_ZONE_H
#define BW_TIME_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

struct zone;

/* A time as the people there read it. */
struct zone_time {
	int year, month, day; /* month 1..12, day 1..31 */
	int hour, minute, second;
	int weekday; /* 0 Sunday .. 6 Saturday */
	int offset_s;
};

/* "America/New_York"; "UTC" needs no file. Names that leave the folder are BW_EINVAL. */
BW_MUST_USE enum bw_status zone_open(const char *name, struct zone **out, struct bw_error *err);
/* From the bytes of a TZif file; for tests and the fuzzer. */
BW_MUST_USE enum bw_status zone_parse(const char *name, const void *bytes, size_t len,
				      struct zone **out, struct bw_error *err);
void zone_close(struct zone *zone);
const char *zone_name(const struct zone *zone);
void zone_local(const struct zone *zone, struct bw_wall at, struct zone_time *out);
/* The first moment that people there read so (fields up to second; weekday and offset ignored). A
 * time that a change of clocks leaves out is the moment of that change; one that comes twice is its
 * first. */
struct bw_wall zone_moment(const struct zone *zone, const struct zone_time *local);

#endif
