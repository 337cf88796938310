/* write.h - one write on its way from the loop to the file, and the queue of them.
 *
 * Private to src/storage.
 * Owns:    a write owns copies of its texts, in one block with itself; a queue owns its writes.
 * Threads: a write belongs to one thread at a time; a queue is guarded by its holder.
 */
#ifndef BW_STORAGE_WRITE_H
#define BW_STORAGE_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "storage/row_queue.h"

enum { STORE_ERROR_MAX = 1024 };

/* Of a text, those that are kept: a cut never leaves half a character. NULL has none. */
size_t store_error_length(const char *error);

/* How long what is kept, and how much. */
struct store_bounds {
	int64_t history_us, rollups_us, limit_bytes;
	int64_t patience_us; /* horizon.h */
};

enum store_write_kind {
	STORE_WRITE_CHANGE,
	STORE_WRITE_RECORD,
	STORE_WRITE_REMOVE,
	STORE_WRITE_STATE,
};

struct store_write {
	struct store_write *next, *prev;
	struct store_write *next_of_bucket; /* of a record */
	size_t bytes;                       /* of the whole block */
	enum store_write_kind kind;
	union {
		struct bw_change change;
		struct store_record record;
		const char *removed;
		struct store_state state;
	};
};

/* What may go when there is too much of it, and what may not. Within one list first in, first out;
 * between them no order is needed, because no two writes of different lists meet in one row. */
enum store_list_name {
	STORE_LIST_PLAIN,    /* all but records and rows */
	STORE_LIST_IN_FORCE, /* records; never dropped */
	STORE_LIST_ENDED,    /* records */
	STORE_LISTS,
};

struct store_list {
	struct store_write *head, *tail;
	size_t count, bytes;
};

/* A record that comes again replaces the one that waits, so that those in force are as many as
 * there are, whatever the disk does. Zeroed memory is an empty queue. */
struct store_queue {
	struct store_list lists[STORE_LISTS];
	struct store_write **buckets; /* of records by kind and id; NULL: there is none */
	struct row_queue rows;
};

struct store_write *store_write_of_change(const struct bw_change *change);
struct store_write *store_write_of_record(const struct store_record *record);
struct store_write *store_write_of_removal(const char *component);
struct store_write *store_write_of_state(const struct store_state *state);

size_t store_queue_count(const struct store_queue *queue);
void store_queue_push(struct store_queue *queue, struct store_write *write);
/* Puts the older writes of `before` in front and leaves it empty. */
void store_queue_put_back(struct store_queue *queue, struct store_queue *before);
/* Frees the oldest of each list that may go until it is within both limits; how many went. */
uint64_t store_queue_trim(struct store_queue *queue, size_t count_max, size_t bytes_max);
/* Frees all but records, or all; how many there were. */
uint64_t store_queue_clear_plain(struct store_queue *queue);
uint64_t store_queue_clear(struct store_queue *queue);

#endif
