/* heads.h - all series, and of each the rows that are not sealed yet.
 *
 * Private to src/storage.
 * Owns:    the series and their heads; a series stays where it is until heads_remove().
 * Threads: one writes (the store's thread, or who opened a file to read it). Others read through
 *          heads_find_id() and heads_copy(), which take the lock; whoever writes takes it with
 *          heads_lock() around changes of a head. Adding and removing lock for themselves.
 */
#ifndef BW_STORAGE_HEADS_H
#define BW_STORAGE_HEADS_H

#include "base/buf.h"
#include "series/head.h"

struct heads;

struct heads_series {
	int64_t id;
	int64_t log; /* of its copy in the database: the first log entry that is not in it */
	/* Where its raw chunks and its rollups begin; INT64_MIN: unknown, INT64_MAX: nowhere. */
	int64_t oldest_us, oldest_rollup_us;
	uint64_t batch; /* the latest with rows of it */
	enum series_kind kind;
	bool stored;  /* its row is in the database, or in the transaction that runs */
	bool dirty;   /* the head has rows that its copy has not */
	bool waiting; /* to be sealed */
	bool sealing; /* by the transaction that runs */
	struct head head;
	const char *name;
};

struct heads *heads_create(void);
void heads_destroy(struct heads *heads); /* NULL is allowed */
/* Forgets all series. */
void heads_clear(struct heads *heads);

size_t heads_count(const struct heads *heads);
struct heads_series *heads_get(const struct heads *heads, size_t nth); /* ascending by id */
struct heads_series *heads_find(const struct heads *heads, enum series_kind kind, const char *name);
struct heads_series *heads_by_id(const struct heads *heads, int64_t id);
/* A new one; id 0: the next that is free. An id that is not above all others is refused: NULL. */
struct heads_series *heads_add(struct heads *heads, int64_t id, enum series_kind kind,
			       const char *name);
/* What it returns is the nth it was. */
size_t heads_remove(struct heads *heads, struct heads_series *series);

void heads_lock(struct heads *heads);
void heads_unlock(struct heads *heads);
/* Any thread. 0: nobody knows it. */
int64_t heads_find_id(struct heads *heads, enum series_kind kind, const char *name);
/* The bytes of its head behind those of `out`; nothing for an id nobody knows. What it returns is
 * the number of its fields. */
size_t heads_copy(struct heads *heads, int64_t id, struct bw_buf *out);
/* Of each series in turn, by nth; false at the end. `name` is a copy. */
bool heads_name(struct heads *heads, size_t nth, enum series_kind *kind,
		char name[SERIES_NAME_MAX + 1]);
/* What all heads take. */
size_t heads_bytes(const struct heads *heads);

#endif
