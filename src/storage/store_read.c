/* store_read.c - the thread that answers questions, with a connection of its own, so that no answer
 * waits for a write, tidying, or a disk that hangs in one.
 *
 * In memory there is nothing to open twice: questions share the writer's connection under its lock.
 * A database that says it is damaged is set aside here as well as where it is written.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "storage/store_impl.h"

struct reading {
	struct store *store;
	struct sql *sql; /* NULL: not open */
	uint64_t generation;
};

static void close_reading(struct reading *reading)
{
	view_use(reading->store->view, NULL);
	if (reading->sql != NULL)
		reading->sql->driver->close(reading->sql);
	reading->sql = NULL;
}

/* The database that is in use now. */
static enum bw_status open_reading(struct reading *reading, struct bw_error *err)
{
	struct store *store = reading->store;
	enum bw_status status = BW_OK;
	uint64_t generation;
	bool is_open;

	pthread_mutex_lock(&store->mutex);
	is_open = store->is_open;
	generation = store->generation;
	pthread_mutex_unlock(&store->mutex);
	if (!is_open || generation != reading->generation)
		close_reading(reading);
	if (!is_open)
		return bw_fail(err, BW_EIO, "nothing is being kept");
	if (reading->sql == NULL)
		status = store_keeper_open_reader(&store->keeper, &reading->sql, err);
	if (status != BW_OK)
		return status;
	reading->generation = generation;
	view_use(store->view, reading->sql);
	return BW_OK;
}

/* With the keeper's lock: unless somebody else has begun anew meanwhile. */
static void set_aside(struct reading *reading)
{
	struct store *store = reading->store;
	struct bw_error err;

	close_reading(reading);
	pthread_mutex_lock(&store->database_mutex);
	if (store->keeper.generation == reading->generation)
		store_note_outcome(store,
				   store_keeper_begin_anew(&store->keeper, store_wall_now(), &err),
				   &err);
	pthread_mutex_unlock(&store->database_mutex);
}

static enum bw_status answer_in_memory(struct store *store, const struct store_question *asked,
				       struct bw_error *err)
{
	enum bw_status status;

	pthread_mutex_lock(&store->database_mutex);
	view_use(store->view, store->keeper.sql);
	if (store->keeper.sql != NULL)
		status = asked->work(asked->arg, store->view, err);
	else
		status = bw_fail(err, BW_EIO, "nothing is being kept");
	view_use(store->view, NULL);
	pthread_mutex_unlock(&store->database_mutex);
	return status;
}

static enum bw_status answer(struct reading *reading, const struct store_question *asked,
			     struct bw_error *err)
{
	struct store *store = reading->store;
	enum bw_status status;

	if (store->keeper.path == NULL)
		return answer_in_memory(store, asked, err);
	status = open_reading(reading, err);
	if (status == BW_OK)
		status = asked->work(asked->arg, store->view, err);
	if (view_met_damage(store->view)) {
		set_aside(reading);
		status = bw_fail(err, BW_EIO, "the store is damaged");
	}
	return status;
}

static void note_damage(struct store *store)
{
	if (store_view_damaged(store->view) == store->read_damaged)
		return;
	store->read_damaged = store_view_damaged(store->view);
	bw_text_format(store->damage, sizeof(store->damage), "%s", view_damage_text(store->view));
}

/* Called and left with the mutex held. */
static void answer_next(struct reading *reading)
{
	struct store *store = reading->store;
	struct question *question = question_pop(&store->questions);

	store->answering = question;
	pthread_mutex_unlock(&store->mutex);
	question->status = answer(reading, &question->asked, &question->error);
	pthread_mutex_lock(&store->mutex);
	store->answering = NULL;
	note_damage(store);
	question_push(&store->answers, question);
	if (store->stopping || store->wake == NULL)
		return;
	pthread_mutex_unlock(&store->mutex);
	store->wake(store->wake_arg);
	pthread_mutex_lock(&store->mutex);
}

void *store_run_reader(void *arg)
{
	struct reading reading = { .store = arg };
	struct store *store = arg;

	pthread_mutex_lock(&store->mutex);
	while (!store->stopping) {
		if (store->questions.head != NULL)
			answer_next(&reading);
		else
			pthread_cond_wait(&store->asked, &store->mutex);
	}
	pthread_mutex_unlock(&store->mutex);
	close_reading(&reading);
	pthread_mutex_lock(&store->mutex);
	store->is_reading = false;
	pthread_cond_broadcast(&store->done);
	pthread_mutex_unlock(&store->mutex);
	store_end_thread(store);
	return NULL;
}

enum bw_status store_ask(struct store *store, const struct store_question *asked)
{
	struct question *question = xcalloc(1, sizeof(*question));
	bool has_room;

	question->asked = *asked;
	pthread_mutex_lock(&store->mutex);
	has_room =
		store->question_count < STORE_QUERIES_MAX && store->has_reader && !store->stopping;
	if (has_room) {
		store->question_count++;
		question_push(&store->questions, question);
		pthread_cond_signal(&store->asked);
	}
	pthread_mutex_unlock(&store->mutex);
	if (has_room)
		return BW_OK;
	free(question);
	return BW_ELIMIT;
}
