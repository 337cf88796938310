/* column.h - one column of values as bytes: scaled integers in patched frames of reference.
 *
 * A column picks the cheapest of its encodings for itself: one value for all, runs, frames of the
 * values, of their differences or of the differences of those. Reals are tried as decimals (value x
 * 10^0..9 a whole number that gives back the same bits); single values that do not fit stand in an
 * exact list, and a column without any scale keeps its reals as they are. Every mix comes back bit
 * by bit. docs/internals/chunks.md says what each byte means.
 *
 * Errors:  encoding fails sticky in the buffer. Decoding foreign bytes never reads outside `data`,
 *          never allocates more than `count` asks for, and says BW_ECORRUPT for what cannot be.
 * Threads: any.
 */
#ifndef BW_SERIES_COLUMN_H
#define BW_SERIES_COLUMN_H

#include "base/buf.h"
#include "series/series.h"

enum { COLUMN_ROWS_MAX = 65536 };

/* A cursor over bytes to be decoded. */
struct column_bytes {
	const uint8_t *data;
	size_t len;
};

/* Plain whole numbers, without absent ones: times, counts. */
void column_put_integers(struct bw_buf *out, const int64_t *values, size_t count);
BW_MUST_USE enum bw_status column_get_integers(struct column_bytes *in, int64_t *values,
					       size_t count);
/* Past a column of nothing but zeros; false: it is another one, and `in` stays. */
bool column_skip_zeros(struct column_bytes *in);
/* Cells of any mix. */
void column_put_cells(struct bw_buf *out, const struct series_column *column, size_t count);
/* Into arrays with room for `count`. */
BW_MUST_USE enum bw_status column_get_cells(struct column_bytes *in, struct series_column *column,
					    size_t count);
/* Past a column of cells without decoding it. */
BW_MUST_USE enum bw_status column_skip(struct column_bytes *in);

/* LEB128, zigzag for signed. */
void column_put_varint(struct bw_buf *out, uint64_t value);
void column_put_signed(struct bw_buf *out, int64_t value);
BW_MUST_USE enum bw_status column_get_varint(struct column_bytes *in, uint64_t *out);
BW_MUST_USE enum bw_status column_get_signed(struct column_bytes *in, int64_t *out);

/* CRC-32, as in RFC 1952, section 8. */
uint32_t column_checksum(const void *data, size_t len);

#endif
