/* log_entry.h - all rows of a commit as one run of bytes, for the log.
 *
 * Format:  a byte of version; a row after the other; CRC-32C of all before (4 bytes, little
 *          endian). A row: series (varint), its time's difference from the row before (signed
 *          varint, from 0), number of cells (varint), their types (varint, 2 bits each, the first
 *          lowest), then the cells: whole numbers as signed varints, real ones as 8 bytes, little
 *          endian, absent ones as nothing.
 *
 * Private to src/storage.
 * Errors:  sticky in the buffer when writing; BW_ECORRUPT when reading, and then no row is given.
 */
#ifndef BW_STORAGE_LOG_ENTRY_H
#define BW_STORAGE_LOG_ENTRY_H

#include "base/buf.h"
#include "series/series.h"

struct log_row {
	int64_t series, time_us;
	size_t cell_count;
	struct series_cell cells[SERIES_FIELDS_MAX];
};

struct log_writer {
	struct bw_buf *out;
	size_t begin;
	int64_t before_us;
};

void log_writer_begin(struct log_writer *writer, struct bw_buf *out);
void log_writer_row(struct log_writer *writer, int64_t series, int64_t time_us,
		    const struct series_cell *cells, size_t cell_count);
void log_writer_end(struct log_writer *writer);

BW_MUST_USE enum bw_status log_entry_read(const void *data, size_t len,
					  void (*visit)(void *arg, const struct log_row *row),
					  void *arg);

/* A checksum behind bytes of another kind, and whether it fits. */
void log_seal(struct bw_buf *out, size_t begin);
bool log_is_whole(const void *data, size_t len);

enum { LOG_SEAL_BYTES = 4 };

#endif
