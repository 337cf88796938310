/* store_impl.h - the inside of the store, shared by store.c, store_append.c and store_load.c.
 *
 * Owns:    nothing more than store.h says.
 * Threads: `mutex` guards what stands behind it, `database_mutex` the keeper.
 */
#ifndef BW_STORAGE_STORE_IMPL_H
#define BW_STORAGE_STORE_IMPL_H

#include <pthread.h>

#include "storage/keeper.h"
#include "storage/query.h"
#include "storage/store.h"
#include "storage/waiter.h"
#include "storage/write.h"

enum { STORE_BATCH_MAX = 8192 }; /* this many waiting are written without waiting for more */
enum { STORE_TROUBLE_MAX = sizeof(((struct store_status *)0)->trouble) };

struct store {
	void (*wake)(void *arg);
	void *wake_arg;
	pthread_t thread;
	bool has_thread;

	pthread_mutex_t database_mutex;
	struct store_keeper keeper;

	pthread_mutex_t mutex;
	pthread_cond_t work, done; /* for the thread; for flush and close */
	struct store_queue queue;
	struct store_query_list queries, answers;
	struct store_query *answering; /* by the thread, just now */
	int query_count;
	int held; /* the queue is not taken meanwhile */
	struct store_waiters waiting, committing, committed;
	int64_t history_us;
	int64_t gather_until_us, retry_at_us; /* CLOCK_MONOTONIC */
	uint64_t flush_wanted, flushed;
	bool is_open, failing, stopping, ended, abandoned;
	char failure[STORE_TROUBLE_MAX]; /* while not open or failing */
	char notice[STORE_TROUBLE_MAX];  /* stays: a damaged file was set aside */
	uint64_t written, dropped, commits, failures;
	int64_t file_bytes, last_commit_us;
};

struct bw_wall store_wall_now(void);
int64_t store_mono_us(void);
/* Drops what is too much; with the mutex held. */
void store_trim_queue(struct store *store);
/* Tells everybody how the latest try ended. */
void store_note_outcome(struct store *store, enum bw_status status, const struct bw_error *err);

#endif
