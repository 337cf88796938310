/* store.c - the queue, the thread that empties it, and the way of answers back to the loop.
 *
 * Two locks, never taken in the order mutex, database: `mutex` guards queue, questions and figures
 * and is held for a few instructions only, so that the loop never waits for the disk;
 * `database_mutex` guards the writing connection, which the thread uses, and start-up before the
 * first append. Questions have a thread and a connection of their own (store_read.c).
 *
 * A batch that fails goes back to the front of the queue, and the next try comes after
 * STORE_RETRY_US. Meanwhile less may wait than usual: memory is worth more than old results.
 *
 * Waiters for a commit go from `waiting` to `committing` together with the queue, and to
 * `committed` with its outcome; store_dispatch() tells them there.
 *
 * Invariants: questions + the one being answered + answers = question_count <= STORE_QUERIES_MAX.
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
#include "base/xalloc.h"
#include "storage/file.h"
#include "storage/store_impl.h"

/* --- the thread --- */

void store_note_outcome(struct store *store, enum bw_status status, const struct bw_error *err)
{
	struct sql *sql = store->keeper.sql;
	int64_t unused, bytes = sql != NULL ? sql->driver->bytes(sql, &unused) : 0;
	const struct ledger_damage *damage = ledger_damage(store->keeper.ledger);

	pthread_mutex_lock(&store->mutex);
	store->is_open = sql != NULL;
	store->generation = store->keeper.generation;
	ledger_figures(store->keeper.ledger, &store->figures);
	if (damage->count != store->load_damaged)
		bw_text_format(store->damage, sizeof(store->damage), "%s", damage->text);
	store->load_damaged = damage->count;
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
	struct store_keeper_write write = { .queue = batch,
					    .now = store_wall_now(),
					    .mono_us = store_mono_us() };
	struct bw_error err = { "" };
	int64_t began_us = store_mono_us();
	enum bw_status status;

	pthread_mutex_lock(&store->mutex);
	write.bounds = store->bounds;
	pthread_mutex_unlock(&store->mutex);

	pthread_mutex_lock(&store->database_mutex);
	status = store_keeper_write(&store->keeper, &write, &err);
	store_note_outcome(store, status, &err);
	pthread_mutex_unlock(&store->database_mutex);

	pthread_mutex_lock(&store->mutex);
	if (status == BW_OK) {
		store->commits += count > 0;
		store->written += count - write.refused;
		store->dropped += write.refused;
		store->last_commit_us = store_mono_us() - began_us;
	} else {
		keep_batch(store, batch, give_up);
	}
	pthread_mutex_unlock(&store->mutex);
	store_queue_clear(batch);
	return status;
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
	return store->waiting.head != NULL || store_mono_us() >= next_work_us(store) ||
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

/* One turn: takes what waits and writes it. Called and left with the mutex held. */
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
	pthread_mutex_lock(&store->mutex);
	store->flushed = flush;
	pthread_cond_broadcast(&store->done);
}

static void store_free(struct store *store)
{
	store_view_close(store->view);
	store_keeper_finish(&store->keeper);
	store_queue_clear(&store->queue);
	question_list_clear(&store->questions);
	question_list_clear(&store->answers);
	store_waiters_destroy(&store->committed);
	pthread_cond_destroy(&store->work);
	pthread_cond_destroy(&store->asked);
	pthread_cond_destroy(&store->done);
	pthread_mutex_destroy(&store->mutex);
	pthread_mutex_destroy(&store->database_mutex);
	free(store);
}

void store_end_thread(struct store *store)
{
	bool last;

	pthread_mutex_lock(&store->mutex);
	store->running--;
	last = store->abandoned && store->running == 0;
	pthread_cond_broadcast(&store->done);
	pthread_mutex_unlock(&store->mutex);
	if (last)
		store_free(store);
}

static void *run_writer(void *arg)
{
	struct store *store = arg;
	bool stopping;

	pthread_mutex_lock(&store->mutex);
	do {
		wait_for_work(store);
		stopping = store->stopping;
		take_turn(store);
	} while (!stopping);
	/* The last close() folds the log into the file: part of what close waits for. It must be
	 * ours, because who only reads cannot. */
	while (store->is_reading)
		pthread_cond_wait(&store->done, &store->mutex);
	pthread_mutex_unlock(&store->mutex);

	pthread_mutex_lock(&store->database_mutex);
	store_keeper_close(&store->keeper);
	pthread_mutex_unlock(&store->database_mutex);
	store_end_thread(store);
	return NULL;
}

/* --- opening and closing --- */

static bool start_thread(struct store *store, pthread_t *thread, void *(*run)(void *arg))
{
	sigset_t all, before;
	int code;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_mutex_lock(&store->mutex);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(thread, NULL, run, store);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	store->running += code == 0;
	store->is_reading |= code == 0 && thread == &store->reader;
	pthread_mutex_unlock(&store->mutex);
	return code == 0;
}

static struct store *store_create(const struct store_config *config)
{
	struct store *store = xcalloc(1, sizeof(*store));
	pthread_condattr_t attributes;

	store_keeper_init(&store->keeper, config->path, config->instance);
	store->view = view_create(NULL, ledger_heads(store->keeper.ledger));
	store->wake = config->wake;
	store->wake_arg = config->wake_arg;
	store->bounds = (struct store_bounds){ config->history_us, config->rollups_us,
					       config->limit_bytes, config->patience_us };
	pthread_mutex_init(&store->mutex, NULL);
	pthread_mutex_init(&store->database_mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&store->work, &attributes);
	pthread_cond_init(&store->asked, &attributes);
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
	store->has_writer = start_thread(store, &store->writer, run_writer);
	if (store->has_writer)
		store->has_reader = start_thread(store, &store->reader, store_run_reader);
	if (!store->has_writer)
		store_keeper_close(&store->keeper);
	if (!store->has_reader) {
		status = bw_fail(err, BW_EIO, "cannot start the threads of the store");
		store_note_outcome(store, status, err);
	}
	*out = store;
	return status;
}

/* With the mutex: waits for the end of both threads; false when it takes too long. */
static bool wait_for_threads(struct store *store, int64_t grace_us)
{
	int64_t until_us = store_mono_us() + grace_us;
	const struct timespec until = {
		.tv_sec = (time_t)(until_us / BW_SECOND_US),
		.tv_nsec = (long)(until_us % BW_SECOND_US) * 1000,
	};

	while (store->running > 0) {
		if (pthread_cond_timedwait(&store->done, &store->mutex, &until) == ETIMEDOUT)
			break;
	}
	return store->running == 0;
}

static void stop_threads(struct store *store, int64_t grace_us)
{
	view_stop(store->view);
	pthread_mutex_lock(&store->mutex);
	store->stopping = true;
	pthread_cond_signal(&store->work);
	pthread_cond_signal(&store->asked);
	(void)wait_for_threads(store, grace_us);
	pthread_mutex_unlock(&store->mutex);
}

static void refuse(struct question *question)
{
	question->status = bw_fail(&question->error, BW_EIO, "the store is closing");
}

/* Every callback comes, but that of a work that hangs: both would touch what it works with. */
static void end_answers(struct store *store)
{
	struct question *question;

	pthread_mutex_lock(&store->mutex);
	while ((question = question_pop(&store->questions)) != NULL) {
		refuse(question);
		question_push(&store->answers, question);
	}
	store_waiters_settle(&store->committing, BW_EIO, &store->committed);
	store_waiters_settle(&store->waiting, BW_EIO, &store->committed);
	pthread_mutex_unlock(&store->mutex);
	store_dispatch(store);
}

void store_close(struct store *store, int64_t grace_us)
{
	bool ended;

	if (store == NULL)
		return;
	stop_threads(store, grace_us);
	end_answers(store);
	/* Both may have ended just now; then nobody else frees. */
	pthread_mutex_lock(&store->mutex);
	ended = store->running == 0;
	store->abandoned = !ended;
	if (!ended && store->has_writer)
		pthread_detach(store->writer);
	if (!ended && store->has_reader)
		pthread_detach(store->reader);
	pthread_mutex_unlock(&store->mutex);
	if (!ended)
		return;
	if (store->has_writer)
		pthread_join(store->writer, NULL);
	if (store->has_reader)
		pthread_join(store->reader, NULL);
	store_free(store);
}

/* --- while it runs --- */

void store_set_bounds(struct store *store, int64_t history_us, int64_t rollups_us,
		      int64_t limit_bytes)
{
	bw_assert(history_is_valid(history_us));
	pthread_mutex_lock(&store->mutex);
	store->bounds.history_us = history_us;
	store->bounds.rollups_us = rollups_us;
	store->bounds.limit_bytes = limit_bytes;
	pthread_mutex_unlock(&store->mutex);
}

void store_flush(struct store *store)
{
	uint64_t goal;

	pthread_mutex_lock(&store->mutex);
	goal = ++store->flush_wanted;
	pthread_cond_signal(&store->work);
	while (store->has_writer && store->flushed < goal)
		pthread_cond_wait(&store->done, &store->mutex);
	pthread_mutex_unlock(&store->mutex);
}

/* --- answers --- */

static bool finish_question(struct store *store)
{
	struct question *question;

	pthread_mutex_lock(&store->mutex);
	question = question_pop(&store->answers);
	if (question != NULL)
		store->question_count--;
	pthread_mutex_unlock(&store->mutex);
	if (question == NULL)
		return false;
	question_finish(question);
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
	while (finish_question(store) || tell_waiter(store))
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
		.limit_bytes = store->bounds.limit_bytes,
		.limited = store->figures.limited_to_us != INT64_MIN &&
			   store->figures.limited_to_us > store->figures.raw_until_us,
		.raw_from = { store->figures.raw_from_us },
		.rollup_from = { store->figures.rollup_from_us },
		.damaged = store->load_damaged + store->read_damaged,
		.chunks_sealed = store->figures.chunks_sealed,
		.heads = store->figures.heads,
		.head_bytes = store->figures.head_bytes,
	};
	bw_text_format(out->damage, sizeof(out->damage), "%s", store->damage);
	bw_text_format(out->trouble, sizeof(out->trouble), "%s",
		       store->failure[0] != '\0' ? store->failure : store->notice);
	pthread_mutex_unlock(&store->mutex);
}
