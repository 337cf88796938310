/* journal.h - what changed within the last hours, and what follows from it: how long, since when,
 * and what was first.
 *
 * Entries: each change has a kind, a name (empty for overall, daemon and clock), a word before and
 *          one after, and its cause as a text. Words are those of health.h for components and the
 *          whole, of breaker.h for breakers, "firing" and "resolved" for alerts, "started",
 *          "reloaded", "stopped" and "lost" for the daemon. "none" means that nothing was there.
 * Owns:    copies; equal texts are kept once.
 * Limits:  the window given to create; BW_JOURNAL_MAX entries and BW_JOURNAL_TEXT_BYTES_MAX of
 *          different texts, then the oldest entry goes first and the time before it counts as not
 *          kept; texts of BW_JOURNAL_TEXT_MAX bytes (cut behind a whole character, "..." added).
 * Order:   that of their arrival. Where the wall clock was set back, the later entry is believed.
 * Errors:  BW_ENOMEM, and then nothing has changed; BW_EINVAL for a broken contract.
 * Threads: one at a time. No clock is read: the time is an argument.
 */
#ifndef BW_CORE_JOURNAL_H
#define BW_CORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

enum {
	BW_JOURNAL_MAX = 65536,
	BW_JOURNAL_TEXT_MAX = 320,
	BW_JOURNAL_TEXT_BYTES_MAX = 4 << 20,
};

/* A daemon that was gone for longer than this finds a new world: a state met again counts from
 * then. After a shorter time it goes on. */
#define BW_JOURNAL_BRIDGE_US (900 * BW_SECOND_US)

enum bw_change_kind {
	BW_CHANGE_ALERT,
	BW_CHANGE_BREAKER,
	BW_CHANGE_CLOCK,
	BW_CHANGE_COMPONENT,
	BW_CHANGE_DAEMON,
	BW_CHANGE_OVERALL,
	BW_CHANGE_MAX,
};

/* Texts that come out of the journal are borrowed until its next change. */
struct bw_change {
	uint64_t id; /* grows with every entry; 0 when given in */
	struct bw_wall at;
	enum bw_change_kind kind;
	const char *name;
	const char *from; /* given in as NULL: what the journal knows, or "unknown" */
	const char *to;
	const char *text; /* "" for none */
};

struct bw_journal;

/* "alert", "breaker", "clock", "component", "daemon", "overall". */
const char *bw_change_kind_text(enum bw_change_kind kind);
BW_MUST_USE enum bw_status bw_change_kind_parse(const char *text, enum bw_change_kind *out);

BW_MUST_USE enum bw_status bw_journal_create(int64_t window_us, struct bw_journal **out);
void bw_journal_destroy(struct bw_journal *journal);

/* At start, from the store, oldest first, before anything else. BW_EINVAL: its id is not above the
 * one before. */
BW_MUST_USE enum bw_status bw_journal_restore(struct bw_journal *journal,
					      const struct bw_change *change);
/* The daemon runs from `now` on. `last_alive` is the latest sign of an earlier one (0: there was
 * none): if that one did not say "stopped", it was lost then. The whole is unknown until told. */
BW_MUST_USE enum bw_status bw_journal_start(struct bw_journal *journal, struct bw_wall now,
					    struct bw_wall last_alive);
/* What a component, a breaker or the whole is at this moment, when the journal has no word for it:
 * no entry is made. `since` may be long ago. */
BW_MUST_USE enum bw_status bw_journal_know(struct bw_journal *journal, enum bw_change_kind kind,
					   const char *name, const char *word,
					   struct bw_wall since);
/* Adds an entry and drops what has left the window before `change->at`. */
BW_MUST_USE enum bw_status bw_journal_add(struct bw_journal *journal,
					  const struct bw_change *change);
/* A component or breaker that is no more: it is no longer wrong. */
void bw_journal_forget(struct bw_journal *journal, enum bw_change_kind kind, const char *name);

/* The latest word of a component, a breaker or the whole ("" for its name); NULL: none is known. */
const char *bw_journal_word(const struct bw_journal *journal, enum bw_change_kind kind,
			    const char *name);
size_t bw_journal_count(const struct bw_journal *journal);
/* The id of the newest entry; 0 when there was none. */
uint64_t bw_journal_newest(const struct bw_journal *journal);

struct bw_journal_filter {
	struct bw_wall from, to; /* both included */
	bool has_kind;
	enum bw_change_kind kind;
	const char *name;  /* NULL: any */
	uint64_t after_id; /* only entries behind this one */
};

/* Newest first. Start with *cursor = 0; false at the end. */
bool bw_journal_next(const struct bw_journal *journal, const struct bw_journal_filter *filter,
		     uint64_t *cursor, struct bw_change *out);

/* A time in which no daemon ran, or of which nothing was kept. */
struct bw_gap {
	struct bw_wall from, to;
	const char *why; /* static: "stopped", "lost", "not recorded" */
};

struct bw_history;

struct bw_gap_list { /* init with { 0 } */
	struct bw_gap *items;
	size_t count, cap;
};

void bw_gap_list_finish(struct bw_gap_list *list);
/* Replaces the list's content by the gaps within [from, to], oldest first, cut to it. */
BW_MUST_USE enum bw_status bw_journal_gaps(const struct bw_journal *journal, struct bw_wall from,
					   struct bw_wall to, struct bw_gap_list *out);
/* What was sampled was not missed: of a gap with samples in it only what lies before the first and
 * behind the last of them stays. An earlier version kept samples and no journal. */
BW_MUST_USE enum bw_status bw_gap_list_spare(struct bw_gap_list *list,
					     const struct bw_history *history);

struct bw_strip_point {
	struct bw_wall at;
	const char *word; /* holds until the next point; borrowed until the journal's next change */
};

struct bw_strip { /* init with { 0 } */
	struct bw_strip_point *items;
	size_t count, cap;
};

void bw_strip_finish(struct bw_strip *strip);

struct bw_strip_wanted {
	enum bw_change_kind kind; /* component, breaker or overall */
	const char *name;
	struct bw_wall from, to;
	const struct bw_gap_list *gaps; /* of the same time */
};

/* Replaces the strip's content by the change points within [from, to]: the first is the word at
 * `from`, neighbours differ, "none" stands in gaps and "unknown" where nothing was told. */
BW_MUST_USE enum bw_status bw_journal_strip(const struct bw_journal *journal,
					    const struct bw_strip_wanted *wanted,
					    struct bw_strip *out);

/* What is to be said of the whole. Texts are borrowed until the next change. */
struct bw_journal_verdict {
	const char *word; /* NULL: nothing is known, and all the rest is empty */
	struct bw_wall since;
	bool has_trouble; /* it is not healthy, and was last before: */
	struct bw_wall trouble_since;
	bool has_problem; /* the last time it was degraded or unhealthy, and is no more: */
	struct bw_wall problem_from, problem_to;
	const char *problem; /* the text with which it began */
};

void bw_journal_verdict(const struct bw_journal *journal, struct bw_journal_verdict *out);
/* What went wrong first, at `from` or later, of the components and breakers that are wrong now,
 * with the text of its latest change; `at` is when it went wrong. One that is only unknown counts
 * when nothing worse is there. false: nothing is wrong. */
bool bw_journal_first_wrong(const struct bw_journal *journal, struct bw_wall from,
			    struct bw_change *out);
/* Is it worth a mark in the history? Not a component that was first looked at, or no longer. */
bool bw_change_is_mark(const struct bw_change *change);

#endif
