/* store.h - what survives a restart, and the history: rows of every series, component states,
 * records, changes.
 *
 * A store writes on a thread of its own behind a bounded queue, and reads on another (view.h).
 * Writes never block and never fail the caller. While the disk refuses they wait; when too many
 * wait, the oldest are dropped and counted, and store_status() says so, so that the page can.
 *
 * Owns:    its thread, queue and file. Everything given is copied.
 * Durable: a write is on disk within STORE_COMMIT_US after store_append_*() returned (one
 *          transaction a batch), or at once after store_flush(). docs/internals/storage.md says
 *          what that means after a crash and after a power cut.
 * Threads: the owner's loop; callbacks come there.
 */
#ifndef BW_STORAGE_STORE_H
#define BW_STORAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"
#include "core/health.h"
#include "core/history.h"
#include "core/journal.h"
#include "storage/view.h"

#define STORE_COMMIT_US BW_SECOND_US
/* What a commit wrote is safe from the kernel's end too no later than so long after it, as long as
 * commits go on. */
#define STORE_SYNC_US (10 * BW_SECOND_US)

enum { STORE_QUEUE_MAX = 65536 };

struct store;

struct store_config {
	const char *path;     /* of the database file, or postgresql://...; NULL or "": memory */
	const char *instance; /* whose history it is, where several share a database; NULL: "" */
	int64_t history_us;   /* raw rows older than this become rollups, a little at a time */
	int64_t rollups_us;   /* rollups and changes older than this go; 0: none are made */
	int64_t limit_bytes;  /* the file and its log are never longer; 0: no bound. The oldest raw
			       * rows go first, then rollups of 5 minutes, then of an hour */
	int64_t patience_us;  /* a clock that jumped ahead by more than an hour makes history old
			       * only after so long; 0: at once */
	/* Called on the store's own thread whenever something is ready for store_dispatch(); the
	 * daemon sends its loop's wakeup. NULL: the owner calls store_dispatch() when it likes. */
	void (*wake)(void *arg);
	void *wake_arg;
};

/* The latest state of a component. */
struct store_state {
	char *component;
	enum bw_health health;
	struct bw_wall since, last_check;
	bool has_response;
	int64_t response_us;
	char *error; /* or NULL */
};

/* A look at a subject, or a mark (series.h). */
struct store_row {
	enum series_kind kind;
	const char *name;
	struct bw_wall time;
	struct series_cell cells[SERIES_FIELDS_MAX]; /* as many as the kind has; that of a text
						      * field is ignored */
	const char *text; /* of the text field; NULL or "": none; cut at 1 KiB */
};

struct store_status {
	bool usable;       /* false: nothing is being kept, or not now */
	char trouble[256]; /* empty: all is well; otherwise what is wrong and what happens now */
	int queued;
	uint64_t written, dropped, commits, failures;
	int64_t file_bytes;
	int64_t last_commit_us;     /* duration of the latest commit */
	int64_t limit_bytes;        /* 0: no bound */
	bool limited;               /* the bound has taken rows that `history` would have kept... */
	struct bw_wall raw_from;    /* ...so that raw rows begin here; 0: nothing is known */
	struct bw_wall rollup_from; /* likewise; 0: none */
	uint64_t damaged; /* chunks and log entries that could not be read; reported once */
	char damage[256]; /* the latest of them: what, of whom, of what time; empty: none */
	uint64_t chunks_sealed, heads, head_bytes;
};

/* Opens or makes the file and brings its schema up to date. A damaged file is set aside as
 * "<path>.damaged-<time>" and a new one begun, which store_status() reports. On BW_EIO (no folder,
 * no rights, not a database of ours, in use by another daemon) *out is still a store, usable is
 * false, the trouble is told in `err` and store_status(), and opening is tried again every
 * STORE_RETRY_US. NULL in *out only for BW_EINVAL. */
#define STORE_RETRY_US (5 * BW_SECOND_US)
enum bw_status store_open(const struct store_config *config, struct bw_wall now, struct store **out,
			  struct bw_error *err);
/* Writes what is queued, then closes. Waits at most `grace_us`; a disk that hangs longer keeps the
 * thread and its memory. Queries not yet answered are answered with an error, from here. NULL is
 * allowed. */
void store_close(struct store *store, int64_t grace_us);

/* Before the first append: what was kept, oldest first. Blocking; for start-up only. */
void store_load_points(struct store *store, struct bw_wall from,
		       void (*visit)(void *arg, const struct bw_history_point *point), void *arg);
void store_load_states(struct store *store,
		       void (*visit)(void *arg, const struct store_state *state), void *arg);
/* Those from `from` on and the latest of the whole and the daemon, at most BW_JOURNAL_MAX. */
void store_load_changes(struct store *store, struct bw_wall from,
			void (*visit)(void *arg, const struct bw_change *change), void *arg);

void store_append_row(struct store *store, const struct store_row *row);
/* Its id is the journal's. */
void store_append_change(struct store *store, const struct bw_change *change);
/* Replaces the component's state. */
void store_put_state(struct store *store, const struct store_state *state);
/* Forgets the component's state, so that no later one of this name begins with it. Its results stay
 * until history_us removes them: who takes a component out by mistake loses nothing. */
void store_remove_state(struct store *store, const char *component);
/* A record of its owner's making: an alert's life, a silence, a message of the outbox. */
enum store_record_kind {
	STORE_RECORD_ALERT,
	STORE_RECORD_SILENCE,
	STORE_RECORD_MESSAGE,
	STORE_RECORD_REMOTE, /* how far a remote-write target has the history */
	STORE_RECORD_KINDS,
};

struct store_record {
	enum store_record_kind kind;
	uint64_t id;          /* of that kind */
	struct bw_wall ended; /* 0: still in force, kept for ever; later removed as history is, and
	                       * beyond the newest ten thousand of its kind */
	const char *text;     /* JSON, at most STORE_RECORD_MAX bytes */
};

enum { STORE_RECORD_MAX = 65536 };

/* Inserts or replaces by kind and id. Records in force are never dropped from a full queue. Without
 * a path none is kept: nobody could ever read it. */
void store_put_record(struct store *store, const struct store_record *record);
/* All in force, then the newest `ended_max` of the others and the one with the highest id; both by
 * id. Blocking; for start-up only. */
void store_load_records(struct store *store, enum store_record_kind kind, size_t ended_max,
			void (*visit)(void *arg, const struct store_record *record), void *arg);
/* Commits what was appended so far without waiting for STORE_COMMIT_US, and calls back, from a
 * later store_dispatch() or from store_close(), exactly once: BW_OK when it is on disk (records
 * survive a power cut, too), BW_EIO when it is not and will be tried again. Many waiters share one
 * commit. While the disk refuses the answer is BW_EIO at once. */
void store_commit(struct store *store, void (*done)(void *arg, enum bw_status status), void *arg);
/* What is put between the two is in one commit or in none: an alert that says it was told and the
 * message that tells it. For one turn of the loop; they may be nested. */
void store_hold(struct store *store);
void store_release(struct store *store);
/* New bounds; they take effect a little at a time. */
void store_set_bounds(struct store *store, int64_t history_us, int64_t rollups_us,
		      int64_t limit_bytes);

/* A question about the history. `work` runs once on the reading thread, with all that was committed
 * before it was asked; it may take long, and others wait behind it. `done` runs once on the owner's
 * loop, from store_dispatch() or store_close(): BW_OK when the work ran and returned that, else why
 * not (`error` is NULL for BW_OK). Nothing that both touch is touched at once; so where a work
 * hangs longer than store_close() waits, its `done` never runs, and what it works with stays. At
 * most STORE_QUERIES_MAX wait; BW_ELIMIT beyond, and neither is called. */
enum { STORE_QUERIES_MAX = 256 };

struct store_question {
	enum bw_status (*work)(void *arg, struct store_view *view, struct bw_error *err);
	void (*done)(void *arg, enum bw_status status, const struct bw_error *error);
	void *arg;
};

BW_MUST_USE enum bw_status store_ask(struct store *store, const struct store_question *question);
/* Runs callbacks that are ready; on the owner's loop, after `wake`. */
void store_dispatch(struct store *store);
/* Returns when everything appended so far is on disk or, when the disk refuses, dropped. For tests
 * and shutdown. */
void store_flush(struct store *store);
void store_status(struct store *store, struct store_status *out);

#endif
