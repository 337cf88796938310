/* store_impl.h - the inside of the store, shared by store.c, store_append.c, store_read.c and
 * store_load.c.
 *
 * Owns:    nothing more than store.h says.
 * Threads: `mutex` guards what stands behind it, `database_mutex` the keeper; `view` is the reading
 *          thread's.
 */
#ifndef BW_STORAGE_STORE_IMPL_H
#define BW_STORAGE_STORE_IMPL_H

#include <pthread.h>

#include "base/text.h"
#include "storage/keeper.h"
#include "storage/question.h"
#include "storage/store.h"
#include "storage/view_own.h"
#include "storage/waiter.h"
#include "storage/write.h"

enum { STORE_BATCH_MAX = 8192 }; /* this many waiting are written without waiting for more */
enum { STORE_TROUBLE_MAX = sizeof(((struct store_status *)0)->trouble) };

struct store {
	void (*wake)(void *arg);
	void *wake_arg;
	pthread_t writer, reader;
	bool has_writer, has_reader;
	struct store_view *view;

	pthread_mutex_t database_mutex;
	struct store_keeper keeper; /* its path never changes */

	pthread_mutex_t mutex;
	pthread_cond_t work, asked, done; /* for the writer; the reader; flush and close */
	struct store_queue queue;
	struct question_list questions, answers;
	struct question *answering; /* by the reader, just now */
	int question_count;
	int held; /* the queue is not taken meanwhile */
	struct store_waiters waiting, committing, committed;
	struct store_bounds bounds;
	int64_t gather_until_us, retry_at_us; /* CLOCK_MONOTONIC */
	uint64_t flush_wanted, flushed;
	int running;     /* threads */
	bool is_reading; /* the reader has its connection, or may open one */
	bool is_open, failing, stopping, abandoned;
	uint64_t generation;             /* of the database that is open */
	char failure[STORE_TROUBLE_MAX]; /* while not open or failing */
	char notice[STORE_TROUBLE_MAX];  /* stays: a damaged file was set aside */
	uint64_t written, dropped, commits, failures;
	int64_t file_bytes, last_commit_us;
	struct ledger_figures figures;
	uint64_t load_damaged, read_damaged; /* what could not be read at the start, and since */
	char damage[256];
};

struct bw_wall store_wall_now(void);
int64_t store_mono_us(void);
/* Drops what is too much; with the mutex held. */
void store_trim_queue(struct store *store);
/* Tells everybody how the latest try ended; with the database_mutex held. */
void store_note_outcome(struct store *store, enum bw_status status, const struct bw_error *err);
/* The end of one of the threads: the last of a store that was left to itself frees it. */
void store_end_thread(struct store *store);
void *store_run_reader(void *arg);

#endif
