/* head.h - the rows of one series that are not sealed yet, as few bytes as can be appended to.
 *
 * A row is kept as its difference from the row before (5 to 7 bytes for a component); the head's
 * bytes are also what is written to disk between two seals, so that they are decoded from there.
 *
 * Owns:    its bytes. sizeof(struct head) is at most 64; a full head has about HEAD_BYTES bytes.
 * Errors:  BW_ENOMEM changes nothing. BW_ECORRUPT from head_read(): the rows before the damage are
 *          given.
 * Threads: one at a time; docs/internals/storage.md says who holds which lock.
 */
#ifndef BW_SERIES_HEAD_H
#define BW_SERIES_HEAD_H

#include "series/series.h"

/* 10,000 heads of 5 fields take at most 20 MB; some 250 rows of a component. */
enum { HEAD_BYTES = 1536 };

struct head; /* embedded by its owner: see below */

struct head {
	uint8_t *data;
	uint32_t len, cap;
	uint32_t rows;
	int64_t first_us, last_us; /* in order of arrival */
	void *before;              /* private: the row before, for the next difference */
};

void head_init(struct head *head);
void head_finish(struct head *head);
/* Forgets all rows and gives the memory back. */
void head_clear(struct head *head);
BW_MUST_USE enum bw_status head_add(struct head *head, size_t field_count, int64_t time_us,
				    const struct series_cell *cells);
/* Is it time to seal: so many bytes, or the row to come is of another UTC day? An empty one never
 * is. */
bool head_is_full(const struct head *head, int64_t next_us);
/* Adds the rows of a head's bytes behind those of `rows`; field_count is that of `rows`. */
BW_MUST_USE enum bw_status head_read(const void *data, size_t len, struct series_rows *rows);
/* A head that goes on where these bytes end. */
BW_MUST_USE enum bw_status head_restore(struct head *head, size_t field_count, const void *data,
					size_t len);

#endif
