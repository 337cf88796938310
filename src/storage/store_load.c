/* store_load.c - what was kept, at start-up: blocking, before the first append.
 *
 * The connection is used here under its lock, because the thread may be busy with an earlier batch.
 */
#include <math.h>
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

static struct bw_number number_of(const struct series_cell *cell)
{
	if (cell->type == SERIES_INTEGER)
		return bw_number_from_int(cell->value.integer);
	return bw_number_from_double(cell->type == SERIES_REAL ? cell->value.real : NAN);
}

static double real_of(const struct series_cell *cell)
{
	double value;

	return series_cell_real(cell, &value) ? value : NAN;
}

/* Marks say nothing about the system. */
static bool is_point(const struct series_cell *cells)
{
	return cells[SERIES_SYSTEM_HOLD].type != SERIES_ABSENT;
}

static void visit_points(const struct series_rows *rows,
			 void (*visit)(void *arg, const struct bw_history_point *point), void *arg)
{
	struct series_cell cells[SERIES_FIELDS_MAX];
	struct bw_history_point point;

	for (size_t nth = 0; nth < rows->count; nth++) {
		series_rows_get(rows, nth, &point.time.us, cells);
		if (!is_point(cells))
			continue;
		point.health_score = real_of(&cells[SERIES_SYSTEM_HEALTH_SCORE]);
		point.availability = real_of(&cells[SERIES_SYSTEM_AVAILABILITY]);
		point.response_time = real_of(&cells[SERIES_SYSTEM_RESPONSE_TIME]);
		point.circuit_breaker_health =
			real_of(&cells[SERIES_SYSTEM_CIRCUIT_BREAKER_HEALTH]);
		point.cpu_usage = number_of(&cells[SERIES_SYSTEM_CPU_USAGE]);
		point.memory_usage = number_of(&cells[SERIES_SYSTEM_MEMORY_USAGE]);
		visit(arg, &point);
	}
}

void store_load_points(struct store *store, struct bw_wall from,
		       void (*visit)(void *arg, const struct bw_history_point *point), void *arg)
{
	const struct view_wanted wanted = {
		.kind = SERIES_SYSTEM, .name = "", .from_us = from.us, .to_us = INT64_MAX
	};
	struct series_rows rows = { 0 };
	enum bw_status status = BW_OK;
	struct store_view *view;
	struct bw_error err, again;

	pthread_mutex_lock(&store->database_mutex);
	view = view_create(store->keeper.sql, ledger_heads(store->keeper.ledger));
	if (store->keeper.sql != NULL)
		status = store_view_rows(view, &wanted, &rows, &err);
	if (status == BW_OK)
		visit_points(&rows, visit, arg);
	else if (view_met_damage(view))
		store_note_outcome(
			store, store_keeper_begin_anew(&store->keeper, store_wall_now(), &again),
			&again);
	else
		store_note_outcome(store, status, &err);
	series_rows_finish(&rows);
	store_view_close(view);
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
