/* book.h - who is watched, the life of every rule and subject, and what is due. Private to
 * src/alerts.
 *
 * A rule and subject that are ok cost one pointer. A life is made when one is not, and stays
 * findable by its id while somebody may ask: while it is not ok, while a channel must be told of
 * its end, while its flap history counts, and as one of the latest ALERTS_RESOLVED_MAX resolved
 * ones.
 *
 * Owns:    subjects and lives.
 * Cost:    finding a subject or a life O(1), by id O(log n); setting a due time O(log n).
 * Threads: one at a time.
 */
#ifndef BW_ALERTS_BOOK_H
#define BW_ALERTS_BOOK_H

#include "alerts/alerts.h"
#include "alerts/due.h"
#include "base/strmap.h"

enum { BOOK_DUE_LIFE, BOOK_DUE_SUBJECT };

struct watched {
	enum alert_subject_kind kind;
	char *name;
	struct bw_wall latest; /* sample; 0: never */
	struct bw_wall since;  /* the next sample is awaited since then; 0: it is not */
	struct due due;
	struct life **lives; /* one a rule of its kind; NULL: ok. A resolved one lingers there */
};

/* A list through the lives; NULL at both ends. */
struct life_link {
	struct life *before, *after;
};

struct life {
	struct alert alert;
	struct due due;
	struct watched *watched; /* while it stands in watched->lives[nth] */
	size_t nth;
	struct life_link recent; /* resolved ones, in the order of their end */
	struct life *next_dirty;
	bool is_recent;
	bool lingers; /* is in watched->lives, resolved */
	bool dirty;   /* in the book's list of those that changed during this call */
	bool keep;    /* of a dirty one: is to be kept */
};

struct book {
	const struct alerts_settings *settings;
	/* The rules about a kind of subject, as positions in the settings. */
	size_t *rules_of[ALERT_SUBJECT_KINDS];
	size_t rule_count_of[ALERT_SUBJECT_KINDS];
	struct bw_strmap *subjects[ALERT_SUBJECT_KINDS];
	struct due_heap due;
	struct book_row {
		uint64_t id;
		struct life *life; /* NULL: forgotten */
	} * rows;                  /* every life, by id */
	size_t count, cap, holes;
	bool unsorted;
	size_t alive; /* of them neither ok nor resolved */
	uint64_t last_id;
	struct life *oldest_recent, *newest_recent;
	size_t recent_count;
	struct life *dirty;
};

void book_init(struct book *book, const struct alerts_settings *settings);
void book_finish(struct book *book);
/* The rules of other settings. Lives whose rule is gone are taken out of their subjects and handed
 * to `orphan`, with alert.rule NULL. */
void book_configure(struct book *book, const struct alerts_settings *settings,
		    void (*orphan)(void *arg, struct life *life), void *arg);

/* Finds the subject; `add` makes it when it is not there, else NULL. */
struct watched *book_watched(struct book *book, const struct alert_subject *subject, bool add);
/* Its lives must have ended; they linger no more. */
void book_forget_watched(struct book *book, struct watched *watched);
size_t book_rule_count(const struct book *book, enum alert_subject_kind kind);
const struct alert_rule *book_rule(const struct book *book, enum alert_subject_kind kind,
				   size_t nth);
/* The position of a rule of this kind by its name; book_rule_count() when there is none. */
size_t book_find_rule(const struct book *book, enum alert_subject_kind kind, const char *name);

/* A new life with the next id, in watched->lives[nth]; NULL when ALERTS_MAX are alive. The resolved
 * one that lingered there has given place. */
struct life *book_begin(struct book *book, struct watched *watched, size_t nth);
/* Ids given later are higher. */
void book_take_id(struct book *book, uint64_t id);
/* A life from the store, copied; its id is not there yet. It is in no watched->lives yet. */
struct life *book_restore(struct book *book, const struct alert *alert);
void book_attach(struct book *book, struct life *life, struct watched *watched, size_t nth);
/* The life has ended (ok or resolved): it lingers, and a resolved one is among the recent. */
void book_end(struct book *book, struct life *life);
/* A life that ended lingers no more. */
void book_let_go(struct book *book, struct life *life);
bool book_is_alive(const struct life *life);
struct life *book_find(struct book *book, uint64_t id);
/* Those with an id above *cursor, in that order; start with 0. Lives may come and go between. */
struct life *book_next(struct book *book, uint64_t *cursor);

/* It changed; `keep`: in a way that must be kept. */
void book_touch(struct book *book, struct life *life, bool keep);
/* Nobody needs it any more. */
bool book_is_idle(const struct life *life);
void book_forget(struct book *book, struct life *life);

#endif
