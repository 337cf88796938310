/* row_queue.h - rows on their way from the loop to the store's thread, many to a block, so that a
 * row costs the loop a copy and no malloc().
 *
 * Private to src/storage.
 * Owns:    copies of all it is given.
 * Threads: one at a time; the holder's lock.
 */
#ifndef BW_STORAGE_ROW_QUEUE_H
#define BW_STORAGE_ROW_QUEUE_H

#include "storage/store.h"

/* A row as it waits; name and text follow its cells, NUL-terminated. */
struct row_item {
	uint32_t bytes; /* to the next one */
	uint16_t name_len, text_len;
	uint8_t kind, cell_count;
	int64_t time_us;
	struct series_cell cells[];
};

struct row_block;

struct row_queue { /* init with { 0 } */
	struct row_block *head, *tail;
	size_t count, bytes;
};

void row_queue_push(struct row_queue *queue, const struct store_row *row);
/* Puts the older rows of `before` in front and leaves it empty. */
void row_queue_put_back(struct row_queue *queue, struct row_queue *before);
/* Drops the oldest until it is within both limits; how many went. */
uint64_t row_queue_trim(struct row_queue *queue, size_t count_max, size_t bytes_max);
/* Each row in turn; NULL at the end. The cursor begins as { 0 }. */
struct row_cursor {
	const struct row_block *block;
	size_t at;
	bool began;
};
const struct row_item *row_queue_next(const struct row_queue *queue, struct row_cursor *cursor);
const char *row_item_name(const struct row_item *item);
const char *row_item_text(const struct row_item *item); /* "" for none */

#endif
