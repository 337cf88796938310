/* uptime_book.h - uptime figures of components, kept for a while: what the public page and the
 * badges show costs a year of history each, and anybody may ask for it.
 *
 * Owns:    the figures of at most UPTIME_BOOK_MAX components.
 * Threads: the loop's. It reads on the store's thread, a few components at a time, so that other
 *          questions get their turn.
 */
#ifndef BW_DAEMON_UPTIME_BOOK_H
#define BW_DAEMON_UPTIME_BOOK_H

#include "base/time.h"
#include "daemon/uptime_windows.h"
#include "io/loop.h"
#include "storage/store.h"

/* Figures of a week and more hardly change while they are kept. */
#define UPTIME_FRESH_US (300 * BW_SECOND_US)

enum { UPTIME_BOOK_MAX = 1000, UPTIME_BATCH = 8 };

struct uptime_book;

struct uptime_book *uptime_book_create(void);
/* What is asked at this moment is answered to nobody. NULL is allowed. */
void uptime_book_destroy(struct uptime_book *book);

/* The latest known; false: none. *is_fresh: it is younger than UPTIME_FRESH_US. */
bool uptime_book_get(const struct uptime_book *book, const char *name, int window,
		     struct bw_mono now, struct uptime *out, bool *is_fresh);
/* The shortest `count` windows. */
void uptime_book_put(struct uptime_book *book, const char *name, const struct uptime *windows,
		     int count, struct bw_mono now);

/* One of those that are to be read. */
void uptime_book_want(struct uptime_book *book, const char *name);
/* Reads what is wanted, unless it is reading already. */
void uptime_book_read(struct uptime_book *book, struct store *store, struct io_loop *loop);

#endif
