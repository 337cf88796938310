/* chunk.h - sealed rows of one series: header, checksum, one column for the times, one a field.
 *
 * Times are kept in the largest unit of us, ms and s that loses nothing. A chunk knows how many
 * fields it has: a reader of a later version takes those it lacks as absent, and passes over those
 * it does not know.
 *
 * Errors:  BW_ECORRUPT from decoding: damaged, cut short, or of a newer format; nothing is given.
 * Threads: any.
 */
#ifndef BW_SERIES_CHUNK_H
#define BW_SERIES_CHUNK_H

#include "base/buf.h"
#include "series/series.h"

enum { CHUNK_ROWS_MAX = 16384, CHUNK_BYTES_MAX = 4 << 20 };

struct chunk_summary {
	enum series_kind kind;
	size_t rows;
	int64_t from_us, to_us; /* of the earliest and the latest row */
};

/* Rows in the order given, 1..CHUNK_ROWS_MAX of them, behind what is in `out`. */
void chunk_encode(struct bw_buf *out, enum series_kind kind, const struct series_rows *rows);
/* The header alone, checksum of all included. */
BW_MUST_USE enum bw_status chunk_look(const void *data, size_t len, struct chunk_summary *out);
/* Adds its rows behind those of `rows`, which has the fields of the kind's schema. `wanted` is a
 * bit a field; others come back absent (0: all). */
BW_MUST_USE enum bw_status chunk_decode(const void *data, size_t len, uint32_t wanted,
					struct series_rows *rows);

#endif
