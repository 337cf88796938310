/* downsample.h - which points of a long series to keep so that a short one still tells the truth.
 *
 * Works on positions, so that any series can be thinned: give the values, get the kept positions.
 * Methods: STRIDE   every len / points-th, as the reference;
 *          MINMAX   lowest and highest of each bucket: no spike is lost, first and last are kept;
 *          LTTB     largest triangle three buckets (Steinarsson 2013,
 *                   https://skemman.is/bitstream/1946/15343/3/SS_MSthesis.pdf).
 * NaN values are gaps: never chosen for their value, but kept when a bucket holds nothing else.
 * Threads: any; nothing is kept.
 */
#ifndef BW_CORE_DOWNSAMPLE_H
#define BW_CORE_DOWNSAMPLE_H

#include <stddef.h>

#include "base/status.h"

enum bw_downsample { BW_DOWNSAMPLE_MINMAX, BW_DOWNSAMPLE_LTTB, BW_DOWNSAMPLE_STRIDE };

/* "minmax", "lttb", "stride". */
BW_MUST_USE enum bw_status bw_downsample_parse(const char *text, enum bw_downsample *out);
/* Writes ascending positions to `kept` (room for `points`, but for STRIDE 2 * points) and returns
 * how many. All are kept when len <= points. `points` >= 3. `times` ascending. */
size_t bw_downsample(enum bw_downsample method, const double *times, const double *values,
		     size_t len, size_t points, size_t *kept);

#endif
