/* frame.h - up to FRAME_VALUES whole numbers as one frame of reference: a base, a slope, a width,
 * all of them packed in so many bits, and those that do not fit in full.
 *
 * Private to src/series. Arithmetic is modulo 2^64: every number comes back, however far apart.
 * Source:  the idea of patching is that of PFOR: Zukowski, Heman, Nes and Boncz, "Super-scalar
 *          RAM-CPU cache compression", ICDE 2006.
 * Errors:  BW_ECORRUPT from frame_get().
 * Threads: any.
 */
#ifndef BW_SERIES_FRAME_H
#define BW_SERIES_FRAME_H

#include "base/buf.h"
#include "series/column.h"

enum { FRAME_VALUES = 128 };

/* How a frame is to be written. */
struct frame_plan {
	int64_t base, slope; /* value nth is base + nth * slope + what is packed */
	int width;           /* bits a value, 0..64 */
	int patches;         /* values in full */
	size_t bytes;        /* of the whole frame, about */
};

/* `with_slope`: a line through the values may be taken off. */
void frame_plan(const int64_t *values, size_t count, bool with_slope, struct frame_plan *out);
void frame_put(struct bw_buf *out, const int64_t *values, size_t count,
	       const struct frame_plan *plan);
BW_MUST_USE enum bw_status frame_get(struct column_bytes *in, int64_t *values, size_t count);

#endif
