/* store_load.c - what was kept, at start-up: blocking, before the first append.
 *
 * The connection is used here under its lock, because the thread may be busy with an earlier batch.
 */
#include <time.h>

#include "storage/load.h"
#include "storage/store_impl.h"

struct bw_wall store_wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct bw_wall){ now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000 };
}

/* Whatever was met while loading is told; after damage the rest of start-up finds a new file. */
static void end_loading(struct store *store, enum bw_status status, const struct bw_error *err)
{
	struct bw_error again;

	if (status == BW_ECORRUPT) {
		status = store_keeper_begin_anew(&store->keeper, store_wall_now(), &again);
		store_note_outcome(store, status, &again);
	} else if (status != BW_OK) {
		store_note_outcome(store, status, err);
	}
	pthread_mutex_unlock(&store->database_mutex);
}

void store_load_states(struct store *store,
		       void (*visit)(void *arg, const struct store_state *state), void *arg)
{
	enum bw_status status = BW_OK;
	struct bw_error err;

	pthread_mutex_lock(&store->database_mutex);
	if (store->keeper.sql != NULL)
		status = load_states(store->keeper.sql, visit, arg, &err);
	end_loading(store, status, &err);
}

void store_load_records(struct store *store, enum store_record_kind kind, size_t ended_max,
			void (*visit)(void *arg, const struct store_record *record), void *arg)
{
	enum bw_status status = BW_OK;
	struct bw_error err;

	pthread_mutex_lock(&store->database_mutex);
	if (store->keeper.sql != NULL)
		status = load_records(store->keeper.sql, kind, ended_max, visit, arg, &err);
	end_loading(store, status, &err);
}

void store_load_changes(struct store *store, struct bw_wall from,
			void (*visit)(void *arg, const struct bw_change *change), void *arg)
{
	enum bw_status status = BW_OK;
	struct bw_error err;

	pthread_mutex_lock(&store->database_mutex);
	if (store->keeper.sql != NULL)
		status = load_changes(store->keeper.sql, from, visit, arg, &err);
	end_loading(store, status, &err);
}
