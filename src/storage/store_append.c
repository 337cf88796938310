/* store_append.c - the door of the writes: copies them, and lets the thread know when it is time.
 *
 * While the disk refuses less may wait than usual: memory is worth more than old results. Records
 * in force are not counted there; they are as many as their owners have.
 */
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "storage/store_impl.h"

/* A batch begins this long after the first write of it, so that it has ended in time. */
#define GATHER_US (STORE_COMMIT_US * 9 / 10)

enum {
	QUEUE_BYTES_MAX = 16 << 20,
	QUEUE_BYTES_MAX_FAILING = 4 << 20,
};

int64_t store_mono_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000;
}

void store_trim_queue(struct store *store)
{
	size_t bytes_max = store->failing ? QUEUE_BYTES_MAX_FAILING : QUEUE_BYTES_MAX;

	store->dropped += store_queue_trim(&store->queue, STORE_QUEUE_MAX, bytes_max);
}

/* With the mutex: what is needed around a push. */
static size_t begin_push(struct store *store)
{
	size_t before = store_queue_count(&store->queue);

	if (before == 0)
		store->gather_until_us = store_mono_us() + GATHER_US;
	return before;
}

static void end_push(struct store *store, size_t before)
{
	size_t count = store_queue_count(&store->queue);

	if (before == 0 || (before < count && count == STORE_BATCH_MAX))
		pthread_cond_signal(&store->work);
	store_trim_queue(store);
}

static void append(struct store *store, struct store_write *write)
{
	size_t before;

	pthread_mutex_lock(&store->mutex);
	before = begin_push(store);
	store_queue_push(&store->queue, write);
	end_push(store, before);
	pthread_mutex_unlock(&store->mutex);
}

void store_append_row(struct store *store, const struct store_row *row)
{
	size_t before;

	pthread_mutex_lock(&store->mutex);
	before = begin_push(store);
	row_queue_push(&store->queue.rows, row);
	end_push(store, before);
	pthread_mutex_unlock(&store->mutex);
}

void store_append_change(struct store *store, const struct bw_change *change)
{
	append(store, store_write_of_change(change));
}

void store_put_state(struct store *store, const struct store_state *state)
{
	append(store, store_write_of_state(state));
}

void store_remove_state(struct store *store, const char *component)
{
	append(store, store_write_of_removal(component));
}

void store_put_record(struct store *store, const struct store_record *record)
{
	bw_assert(strlen(record->text) <= STORE_RECORD_MAX);
	append(store, store_write_of_record(record));
}

void store_commit(struct store *store, void (*done)(void *arg, enum bw_status status), void *arg)
{
	struct store_waiter *waiter = store_waiter_create(done, arg);
	bool has_thread = store->has_writer;

	pthread_mutex_lock(&store->mutex);
	store_waiters_push(has_thread ? &store->waiting : &store->committed, waiter);
	pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->mutex);
	if (!has_thread && store->wake != NULL)
		store->wake(store->wake_arg);
}

void store_hold(struct store *store)
{
	pthread_mutex_lock(&store->mutex);
	store->held++;
	pthread_mutex_unlock(&store->mutex);
}

void store_release(struct store *store)
{
	pthread_mutex_lock(&store->mutex);
	bw_assert(store->held > 0);
	store->held--;
	pthread_cond_signal(&store->work);
	pthread_mutex_unlock(&store->mutex);
}
