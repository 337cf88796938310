/* alert_book.h - the life of alerts: what a rule finds becomes pending, firing, resolved.
 *
 * Identity: type and title. An alert found at every update for `for_us` starts firing; one no
 *          longer found is resolved and kept in a list of the latest BW_ALERTS_RESOLVED_MAX.
 * Ids:     "a" and a counter in decimal, unique in one store; restored from the store.
 * Owns:    copies of all it was given.
 * Errors:  BW_ENOMEM, and then nothing has changed and nobody was told.
 * Threads: one at a time. The time is an argument: wall for people, mono for `for`.
 */
#ifndef BW_CORE_ALERT_BOOK_H
#define BW_CORE_ALERT_BOOK_H

#include <stdint.h>

#include "core/alert.h"

enum { BW_ALERTS_RESOLVED_MAX = 200 };

enum bw_alert_state { BW_ALERT_PENDING, BW_ALERT_FIRING, BW_ALERT_RESOLVED };

struct bw_alert_entry {
	uint64_t id;
	enum bw_alert_state state;
	struct bw_alert alert; /* message of the latest finding; time = since when it was found */
	struct bw_wall fired, resolved; /* 0 when not yet */
};

struct bw_alert_book;

/* Told of every change to firing or resolved, in order; may be NULL. Must not call the book. */
typedef void bw_alert_book_change(void *arg, const struct bw_alert_entry *entry);

BW_MUST_USE enum bw_status bw_alert_book_create(int64_t for_us, bw_alert_book_change *change,
						void *arg, struct bw_alert_book **out);
void bw_alert_book_destroy(struct bw_alert_book *book);
void bw_alert_book_set_for(struct bw_alert_book *book, int64_t for_us);
/* `found` is everything the rules find now. */
BW_MUST_USE enum bw_status bw_alert_book_update(struct bw_alert_book *book,
						const struct bw_alert_list *found,
						struct bw_wall now, struct bw_mono mono);
/* At start, from the store: an entry that was firing or resolved, with its id. Types are taken from
 * the book's own static words; an unknown type is BW_EINVAL, an id or a firing alert that is there
 * already BW_EEXIST. */
BW_MUST_USE enum bw_status bw_alert_book_restore(struct bw_alert_book *book,
						 const struct bw_alert_entry *entry);
/* Visits the entries of one state: pending and firing ones in the rules' order, resolved ones
 * newest first. Start with *cursor = 0; NULL at the end. */
const struct bw_alert_entry *bw_alert_book_next(const struct bw_alert_book *book,
						enum bw_alert_state state, size_t *cursor);
const struct bw_alert_entry *bw_alert_book_get(const struct bw_alert_book *book, uint64_t id);
/* The reference's five members plus id, state, started, fired, resolved (null when not yet). */
void bw_alert_entry_write(const struct bw_alert_entry *entry, struct bw_json *json);
/* get_alert_summary(): total_alerts, critical, warning, info of what is firing, last_check. */
void bw_alert_book_write_summary(const struct bw_alert_book *book, struct bw_wall last_check,
				 struct bw_json *json);
/* The array of what is firing, for the document. */
void bw_alert_book_write_firing(const struct bw_alert_book *book, struct bw_json *json);

#endif
