/* texts.h - error texts, each stored once and known by its number.
 *
 * Private to src/storage.
 * Owns:    a bounded cache of the numbers.
 * Threads: the store's.
 */
#ifndef BW_STORAGE_TEXTS_H
#define BW_STORAGE_TEXTS_H

#include "storage/sql.h"

struct texts;

struct texts *texts_create(void);
void texts_destroy(struct texts *texts); /* NULL is allowed */
/* After opening, and after a transaction failed. */
void texts_forget(struct texts *texts);
/* The number of a text, given to it now if it has none; within a transaction. A text in use is
 * marked so once an hour, so that one that fails all day costs no second write a time. */
BW_MUST_USE enum bw_status texts_number(struct texts *texts, struct sql *sql, const char *text,
					int64_t time_us, int64_t *out, struct bw_error *err);

#endif
