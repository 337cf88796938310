/* time.h - two clocks that cannot be mixed up, and their texts.
 *
 * Units:   microseconds. bw_mono counts from an arbitrary start and never goes back; every
 *          decision uses it. bw_wall counts from 1970-01-01 UTC and is for people and stores.
 * Errors:  BW_EPARSE for text that is no time.
 * Threads: any; no clock is read here.
 */
#ifndef BW_BASE_TIME_H
#define BW_BASE_TIME_H

#include <stdint.h>

#include <bellwether/value.h>

#include "base/status.h"

#define BW_SECOND_US INT64_C(1000000)

/* Later than every time there is. */
#define BW_WALL_NEVER ((struct bw_wall){ INT64_MAX })

enum { BW_WALL_TEXT_MAX = 40 };

struct bw_mono {
	int64_t us;
};

/* later - earlier, in microseconds. */
static inline int64_t bw_mono_since(struct bw_mono later, struct bw_mono earlier)
{
	return later.us - earlier.us;
}

static inline struct bw_mono bw_mono_add(struct bw_mono time, int64_t us)
{
	return (struct bw_mono){ time.us + us };
}

/* ISO 8601 as Python's datetime.isoformat() writes UTC: "2026-03-02T14:30:00+00:00", with six
 * digits of microseconds only when they are not zero. Years 1 to 9999; others are clamped. */
void bw_wall_format(struct bw_wall time, char out[BW_WALL_TEXT_MAX]);

/* Reads ISO 8601 with a zone ("Z" or an offset; none means UTC), digits after the sixth of a
 * second are cut. The whole `text` (NUL-terminated) must be a time. */
BW_MUST_USE enum bw_status bw_wall_parse(const char *text, struct bw_wall *out);

#endif
