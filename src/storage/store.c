/* store.c - the queue, the thread that empties it, and the way of answers back to the loop.
 *
 * Two locks, never taken in the order mutex, database: `mutex` guards queue, queries and figures
 * and is held for a few instructions only, so that the loop never waits for the disk;
 * `database_mutex` guards the connection, which the thread uses, and start-up before the first
 * append.
 *
 * A batch that fails goes back to the front of the queue, and the next try comes after
 * STORE_RETRY_US. Meanwhile less may wait than usual: memory is worth more than old results.
 *
 * Waiters for a commit go from `waiting` to `committing` together with the queue, and to
 * `committed` with its outcome; store_dispatch() tells them there.
 *
 * Invariants: queries + the one being answered + answers = query_count <= STORE_QUERIES_MAX.
 * `flushed` never passes `flush_wanted`.
 */
#include "storage/store.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "storage/file.h"
#include "storage/store_impl.h"

/* --- the thread --- */

void store_note_outcome(struct store *store, enum bw_status status, const struct bw_error *err)
{
	int64_t bytes = store_file_bytes(store->keeper.path);

	pthread_mutex_lock(&store->mutex);
	store->is_open = store->keeper.database != NULL;
	store->failing = status != BW_OK;
	store->file_bytes = bytes;
	memcpy(store->notice, store->keeper.notice, sizeof(store->notice));
	if (status == BW_OK) {
		store->failure[0] = '\0';
	} else {
		store->failures++;
		store->retry_at_us = store_mono_us() + STORE_RETRY_US;
		bw_text_format(store->failure, sizeof(store->failure),
			       "%.180s; trying again every %d s", err->text,
			       (int)(STORE_RETRY_US / BW_SECOND_US));
	}
	pthread_mutex_unlock(&store->mutex);
}

/* What could not be written waits on; of a batch that had to be written now only the records. */
static void keep_batch(struct store *store, struct store_queue *batch, bool give_up)
{
	if (give_up)
		store->dropped += store_queue_clear_plain(batch);
	store_queue_put_back(&store->queue, batch);
	store_trim_queue(store);
}

static enum bw_status write_batch(struct store *store, struct store_queue *batch, bool give_up)
{
	size_t count = store_queue_count(batch);
	struct bw_error err = { "" };
	int64_t began_us = store_mono_us(), history_us;
	enum bw_status status;
	uint64_t refused = 0;

	pthread_mutex_lock(&store->mutex);
	history_us = store->history_us;
	pthread_mutex_unlock(&store->mutex);

	pthread_mutex_lock(&store->database_mutex);
	status = store_keeper_write(&store->keeper, batch, history_us, store_wall_now(), &err);
	store_note_outcome(store, status, &err);
	if (status == BW_OK && count > 0)
		refused = (uint64_t)store_sqlite_refused(store->keeper.database);
	pthread_mutex_unlock(&store->database_mutex);

	pthread_mutex_lock(&store->mutex);
	if (status == BW_OK) {
		store->commits += count > 0;
		store->written += count - refused;
		store->dropped += refused;
		store->last_commit_us = store_mono_us() - began_us;
	} else {
		keep_batch(store, batch, give_up);
	}
	pthread_mutex_unlock(&store->mutex);
	store_queue_clear(batch);
	return status;
}

static void answer(struct store *store, struct store_query *query)
{
	struct bw_error err;

	pthread_mutex_lock(&store->database_mutex);
	if (store->keeper.database != NULL)
		query->status = store_sqlite_results(store->keeper.database, &query->wanted,
						     &query->results, &query->error);
	else
		query->status = bw_fail(&query->error, BW_EIO, "nothing is being kept");
	if (query->status == BW_ECORRUPT)
		store_note_outcome(store,
				   store_keeper_begin_anew(&store->keeper, store_wall_now(), &err),
				   &err);
	pthread_mutex_unlock(&store->database_mutex);
}

static void answer_all(struct store *store)
{
	bool wake = false;

	pthread_mutex_lock(&store->mutex);
	while (!store->stopping && (store->answering = store_query_pop(&store->queries)) != NULL) {
		struct store_query *query = store->answering;

		pthread_mutex_unlock(&store->mutex);
		answer(store, query);
		pthread_mutex_lock(&store->mutex);
		store->answering = NULL;
		store_query_push(&store->answers, query);
		wake = true;
	}
	wake = wake && !store->stopping && store->wake != NULL;
	pthread_mutex_unlock(&store->mutex);
	if (wake)
		store->wake(store->wake_arg);
}

/* --- those who wait for a commit --- */

static void tell_committing(struct store *store, enum bw_status status)
{
	bool wake;

	pthread_mutex_lock(&store->mutex);
	wake = store->committing.head != NULL && !store->stopping && store->wake != NULL;
	store_waiters_settle(&store->committing, status, &store->committed);
	pthread_mutex_unlock(&store->mutex);
	if (wake)
		store->wake(store->wake_arg);
}

/* When there is nothing to do now: the time at which there will be; INT64_MAX for never. */
static int64_t next_work_us(const struct store *store)
{
	bool has_writes = store_queue_count(&store->queue) > 0;

	if (store->failing)
		return has_writes || !store->is_open ? store->retry_at_us : INT64_MAX;
	return has_writes ? store->gather_until_us : INT64_MAX;
}

static bool has_work(const struct store *store)
{
	if (store->stopping || store->flush_wanted > store->flushed)
		return true;
	if (store->held > 0)
		return false;
	return store->queries.head != NULL || store->waiting.head != NULL ||
	       store_mono_us() >= next_work_us(store) ||
	       (!store->failing && store_queue_count(&store->queue) >= STORE_BATCH_MAX);
}

static void wait_for_work(struct store *store)
{
	while (!has_work(store)) {
		int64_t until_us = store->held > 0 ? INT64_MAX : next_work_us(store);
		struct timespec until = {
			.tv_sec = (time_t)(until_us / BW_SECOND_US),
			.tv_nsec = (long)(until_us % BW_SECOND_US) * 1000,
		};

		if (until_us == INT64_MAX)
			pthread_cond_wait(&store->work, &store->mutex);
		else
			pthread_cond_timedwait(&store->work, &store->mutex, &until);
	}
}

/* One turn: takes what waits, writes it, answers. Called and left with the mutex held. */
static void take_turn(struct store *store)
{
	uint64_t flush = store->flush_wanted;
	bool must_write = flush > store->flushed || store->stopping;
	bool may_write = !store->failing || store_mono_us() >= store->retry_at_us;
	bool has_something = store_queue_count(&store->queue) > 0 || !store->is_open;
	bool write = (must_write || may_write) && has_something;
	enum bw_status status = store->failing ? BW_EIO : BW_OK;
	struct store_queue batch = { 0 };

	if (write) {
		batch = store->queue;
		store->queue = (struct store_queue){ 0 };
	}
	store->committing = store->waiting;
	store->waiting = (struct store_waiters){ 0 };
	pthread_mutex_unlock(&store->mutex);
	if (write)
		status = write_batch(store, &batch, must_write);
	tell_committing(store, status);
	answer_all(store);
	pthread_mutex_lock(&store->mutex);
	store->flushed = flush;
	pthread_cond_broadcast(&store->done);
}

static void destroy_queries(struct store_query_list *list)
{
	struct store_query *query;

	while ((query = store_query_pop(list)) != NULL)
		store_query_destroy(query);
}

static void store_free(struct store *store)
{
	store_keeper_finish(&store->keeper);
	store_queue_clear(&store->queue);
	destroy_queries(&store->queries);
	destroy_queries(&store->answers);
	store_waiters_destroy(&store->committed);
	pthread_cond_destroy(&store->work);
	pthread_cond_destroy(&store->done);
	pthread_mutex_destroy(&store->mutex);
	pthread_mutex_destroy(&store->database_mutex);
	free(store);
}

static void *run_thread(void *arg)
{
	struct store *store = arg;
	bool abandoned, stopping;

	pthread_mutex_lock(&store->mutex);
	do {
		wait_for_work(store);
		stopping = store->stopping;
		take_turn(store);
	} while (!stopping);
	pthread_mutex_unlock(&store->mutex);

	/* The last close() folds the log into the file: part of what close waits for. */
	pthread_mutex_lock(&store->database_mutex);
	store_keeper_close(&store->keeper);
	pthread_mutex_unlock(&store->database_mutex);

	pthread_mutex_lock(&store->mutex);
	store->ended = true;
	abandoned = store->abandoned;
	pthread_cond_broadcast(&store->done);
	pthread_mutex_unlock(&store->mutex);
	if (abandoned)
		store_free(store);
	return NULL;
}

/* --- opening and closing --- */

static bool start_thread(struct store *store)
{
	sigset_t all, before;
	int code;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&store->thread, NULL, run_thread, store);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code == 0;
}

static struct store *store_create(const struct store_config *config)
{
	struct store *store = xcalloc(1, sizeof(*store));
	pthread_condattr_t attributes;

	store_keeper_init(&store->keeper, config->path);
	store->wake = config->wake;
	store->wake_arg = config->wake_arg;
	store->history_us = config->history_us;
	pthread_mutex_init(&store->mutex, NULL);
	pthread_mutex_init(&store->database_mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&store->work, &attributes);
	pthread_cond_init(&store->done, &attributes);
	pthread_condattr_destroy(&attributes);
	return store;
}

static bool history_is_valid(int64_t history_us)
{
	return history_us > 0 && history_us <= INT64_MAX / 4;
}

enum bw_status store_open(const struct store_config *config, struct bw_wall now, struct store **out,
			  struct bw_error *err)
{
	struct bw_error own;
	struct store *store;
	enum bw_status status;

	*out = NULL;
	if (!history_is_valid(config->history_us))
		return bw_fail(err, BW_EINVAL, "the history of the store must be above 0");
	if (err == NULL)
		err = &own;
	store = store_create(config);
	status = store_keeper_open(&store->keeper, now, err);
	store_note_outcome(store, status, err);
	store->has_thread = start_thread(store);
	if (!store->has_thread) {
		store_keeper_close(&store->keeper);
		status = bw_fail(err, BW_EIO, "cannot start the thread of the store");
		store_note_outcome(store, status, err);
	}
	*out = store;
	return status;
}

/* Waits for the thread's end; false when it takes too long. */
static bool stop_thread(struct store *store, int64_t grace_us)
{
	int64_t until_us = store_mono_us() + grace_us;
	const struct timespec until = {
		.tv_sec = (time_t)(until_us / BW_SECOND_US),
		.tv_nsec = (long)(until_us % BW_SECOND_US) * 1000,
	};
	bool ended;

	if (!store->has_thread)
		return true;
	pthread_mutex_lock(&store->mutex);
	store->stopping = true;
	pthread_cond_signal(&store->work);
	while (!store->ended) {
		if (pthread_cond_timedwait(&store->done, &store->mutex, &until) == ETIMEDOUT)
			break;
	}
	ended = store->ended;
	pthread_mutex_unlock(&store->mutex);
	if (ended)
		pthread_join(store->thread, NULL);
	return ended;
}

static void refuse(struct store_query *query)
{
	query->status = bw_fail(&query->error, BW_EIO, "the store is closing");
}

/* Every callback comes, whatever became of its question; after this none will. */
static void end_answers(struct store *store)
{
	struct store_query *query, *orphan = NULL;

	pthread_mutex_lock(&store->mutex);
	while ((query = store_query_pop(&store->queries)) != NULL) {
		refuse(query);
		store_query_push(&store->answers, query);
	}
	if (store->answering != NULL) {
		orphan = store_query_create(&store->answering->wanted);
		orphan->callback = store->answering->callback;
		orphan->arg = store->answering->arg;
		refuse(orphan);
	}
	store_waiters_settle(&store->committing, BW_EIO, &store->committed);
	store_waiters_settle(&store->waiting, BW_EIO, &store->committed);
	pthread_mutex_unlock(&store->mutex);
	store_dispatch(store);
	if (orphan != NULL)
		store_query_finish(orphan);
}

void store_close(struct store *store, int64_t grace_us)
{
	bool ended;

	if (store == NULL)
		return;
	ended = stop_thread(store, grace_us);
	end_answers(store);
	if (!ended) {
		/* It may have ended just now; then nobody else frees. */
		pthread_mutex_lock(&store->mutex);
		ended = store->ended;
		store->abandoned = !ended;
		if (!ended)
			pthread_detach(store->thread);
		pthread_mutex_unlock(&store->mutex);
		if (!ended)
			return;
		pthread_join(store->thread, NULL);
	}
	store_free(store);
}

/* --- while it runs --- */

void store_set_history(struct store *store, int64_t history_us)
{
	bw_assert(history_is_valid(history_us));
	pthread_mutex_lock(&store->mutex);
	store->history_us = history_us;
	pthread_mutex_unlock(&store->mutex);
}

void store_flush(struct store *store)
{
	uint64_t goal;

	pthread_mutex_lock(&store->mutex);
	goal = ++store->flush_wanted;
	pthread_cond_signal(&store->work);
	while (store->has_thread && store->flushed < goal)
		pthread_cond_wait(&store->done, &store->mutex);
	pthread_mutex_unlock(&store->mutex);
}

/* --- queries --- */

enum bw_status store_query_results(struct store *store, const char *component, struct bw_wall from,
				   struct bw_wall to, size_t limit,
				   store_history_callback *callback, void *arg)
{
	const struct store_results_wanted wanted = { component, from, to, limit };
	struct store_query *query;
	bool has_room;

	if (limit == 0 || limit > STORE_ROWS_MAX)
		return BW_EINVAL;
	query = store_query_create(&wanted);
	query->callback = callback;
	query->arg = arg;
	pthread_mutex_lock(&store->mutex);
	has_room = store->query_count < STORE_QUERIES_MAX && store->has_thread;
	if (has_room) {
		store->query_count++;
		store_query_push(&store->queries, query);
		pthread_cond_signal(&store->work);
	}
	pthread_mutex_unlock(&store->mutex);
	if (has_room)
		return BW_OK;
	store_query_destroy(query);
	return BW_ELIMIT;
}

static bool finish_query(struct store *store)
{
	struct store_query *query;

	pthread_mutex_lock(&store->mutex);
	query = store_query_pop(&store->answers);
	if (query != NULL)
		store->query_count--;
	pthread_mutex_unlock(&store->mutex);
	if (query == NULL)
		return false;
	store_query_finish(query);
	return true;
}

static bool tell_waiter(struct store *store)
{
	struct store_waiter *waiter;

	pthread_mutex_lock(&store->mutex);
	waiter = store_waiters_pop(&store->committed);
	pthread_mutex_unlock(&store->mutex);
	if (waiter == NULL)
		return false;
	waiter->done(waiter->arg, waiter->status);
	free(waiter);
	return true;
}

void store_dispatch(struct store *store)
{
	while (finish_query(store) || tell_waiter(store))
		continue;
}

void store_status(struct store *store, struct store_status *out)
{
	pthread_mutex_lock(&store->mutex);
	*out = (struct store_status){
		.usable = store->is_open && !store->failing,
		.queued = (int)store_queue_count(&store->queue),
		.written = store->written,
		.dropped = store->dropped,
		.commits = store->commits,
		.failures = store->failures,
		.file_bytes = store->file_bytes,
		.last_commit_us = store->last_commit_us,
	};
	bw_text_format(out->trouble, sizeof(out->trouble), "%s",
		       store->failure[0] != '\0' ? store->failure : store->notice);
	pthread_mutex_unlock(&store->mutex);
}
