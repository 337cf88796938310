/* store_check.c - what is in a store after its worker has died, row by row. */
#include <inttypes.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak/store_rows.h"

#define CLOSE_US (INT64_C(600) * BW_SECOND_US)

struct reading {
	struct rows_check *check;
	uint8_t *counts; /* rows found, by batch */
	int64_t record;  /* the batch that the record is of; -1: there is none */
	sem_t woken;
	bool done;
};

static bool trouble(struct rows_check *check, const char *what, int64_t number)
{
	if (check->trouble[0] == '\0')
		(void)snprintf(check->trouble, sizeof(check->trouble), "%.200s (%" PRId64 ")", what,
			       number);
	return false;
}

static bool is_same(const struct series_cell *a, const struct series_cell *b)
{
	return a->type == b->type &&
	       (a->type == SERIES_ABSENT || a->value.integer == b->value.integer);
}

/* Whether everything about a row is as it was written. */
static bool is_as_written(struct store_view *view, const struct series_rows *rows, size_t nth,
			  int64_t row)
{
	struct series_cell cells[SERIES_FIELDS_MAX];
	char text[32];
	const struct store_row made = rows_make(row, text);
	const char *found;
	int64_t time_us;

	series_rows_get(rows, nth, &time_us, cells);
	found = store_view_text(view, cells[SERIES_COMPONENT_ERROR].value.integer);
	return time_us == made.time.us && strcmp(found, made.text != NULL ? made.text : "") == 0 &&
	       is_same(&cells[SERIES_COMPONENT_STATUS], &made.cells[SERIES_COMPONENT_STATUS]) &&
	       is_same(&cells[SERIES_COMPONENT_HOLD], &made.cells[SERIES_COMPONENT_HOLD]) &&
	       is_same(&cells[SERIES_COMPONENT_MAINTENANCE],
		       &made.cells[SERIES_COMPONENT_MAINTENANCE]) &&
	       is_same(&cells[SERIES_COMPONENT_RESPONSE], &made.cells[SERIES_COMPONENT_RESPONSE]);
}

static bool count_rows(struct reading *reading, struct store_view *view,
		       const struct series_rows *rows)
{
	for (size_t nth = 0; nth < rows->count; nth++) {
		int64_t row = (rows->times_us[nth] - ROWS_BEGIN_US) / (ROWS_STEP_S * BW_SECOND_US);

		if (row < 0 || row >= reading->check->batches * ROWS_BATCH)
			return trouble(reading->check, "a row that nobody wrote", row);
		if (!is_as_written(view, rows, nth, row))
			return trouble(reading->check, "a row is not as it was written", row);
		reading->counts[row / ROWS_BATCH]++;
	}
	return true;
}

static enum bw_status read_all(void *arg, struct store_view *view, struct bw_error *err)
{
	struct reading *reading = arg;

	for (int nth = 0; nth < ROWS_NAMES; nth++) {
		const struct view_wanted wanted = { .kind = SERIES_COMPONENT,
						    .name = rows_name(nth),
						    .from_us = 0,
						    .to_us = INT64_MAX };
		struct series_rows rows;
		enum bw_status status = store_view_rows(view, &wanted, &rows, err);

		if (status != BW_OK)
			return status;
		(void)count_rows(reading, view, &rows);
		series_rows_finish(&rows);
	}
	return BW_OK;
}

static void end_reading(void *arg, enum bw_status status, const struct bw_error *error)
{
	struct reading *reading = arg;

	reading->done = true;
	if (status != BW_OK)
		trouble(reading->check, error->text, status);
}

static void take_record(void *arg, const struct store_record *record)
{
	struct reading *reading = arg;

	reading->record = strtoll(record->text, NULL, 10);
}

static void wake(void *arg)
{
	struct reading *reading = arg;

	(void)sem_post(&reading->woken);
}

static bool read_store(struct reading *reading, const char *path)
{
	const struct store_question question = { read_all, end_reading, reading };
	struct store *store = rows_open(path, wake, reading);
	struct store_status status;

	if (store == NULL)
		return trouble(reading->check, "no store", 0);
	store_load_records(store, STORE_RECORD_ALERT, 1, take_record, reading);
	if (store_ask(store, &question) != BW_OK) {
		store_close(store, CLOSE_US);
		return trouble(reading->check, "the question was refused", 0);
	}
	while (!reading->done) {
		(void)sem_wait(&reading->woken);
		store_dispatch(store);
	}
	store_status(store, &status);
	store_close(store, CLOSE_US);
	if (!status.usable || status.trouble[0] != '\0')
		return trouble(reading->check, status.trouble, 0);
	if (status.damaged > 0)
		return trouble(reading->check, status.damage, (int64_t)status.damaged);
	return reading->check->trouble[0] == '\0';
}

/* --- what was found beside what was known --- */

static bool is_there(const struct reading *reading, int64_t batch)
{
	return reading->counts[batch] > 0;
}

/* The latest batch that is there, of those with a record when `records`; -1: none. */
static int64_t latest(const struct reading *reading, bool records)
{
	int64_t batch = reading->check->batches - 1;

	while (batch >= 0 &&
	       (!is_there(reading, batch) || (records && batch % ROWS_RECORD_EVERY != 0)))
		batch--;
	return batch;
}

/* Whether a batch that is not there may be missing. */
static bool may_miss(const struct reading *reading, int64_t batch, enum batch_state state)
{
	switch (state) {
	case BATCH_DURABLE:
		return false;
	case BATCH_KEPT: /* a failing power takes the latest, never one of the middle */
		return reading->check->kind == FAULT_POWER && batch > latest(reading, false);
	default:
		return true;
	}
}

static bool check_batch(struct reading *reading, int64_t batch, enum batch_state state)
{
	struct rows_check *check = reading->check;

	if (!is_there(reading, batch)) {
		if (!may_miss(reading, batch, state))
			return trouble(check, "a batch that was acknowledged is lost", batch);
		return true;
	}
	if (reading->counts[batch] != ROWS_BATCH)
		return trouble(check, "a part of a batch is lost", batch);
	if (state == BATCH_ABSENT || state == BATCH_NONE)
		return trouble(check, "a batch that was gone is there again", batch);
	return true;
}

/* A record and the rows of its commit are there together, unless the rows had been dropped and the
 * record written later. */
static bool check_record(struct reading *reading)
{
	bool refuses = reading->check->kind != FAULT_KILL && reading->check->kind != FAULT_POWER;
	int64_t batch = latest(reading, true);

	if (reading->record < batch || (!refuses && reading->record != batch))
		return trouble(reading->check, "the record is not that of its batch",
			       reading->record);
	return true;
}

bool rows_check(const struct rows_place *place, struct rows_check *check)
{
	struct reading reading = { .check = check, .record = -1 };
	bool is_well;

	reading.counts = calloc(ROWS_BATCHES_MAX, 1);
	if (reading.counts == NULL || sem_init(&reading.woken, 0, 0) != 0)
		return trouble(check, "no memory", 0);
	is_well = read_store(&reading, place->path) && check_record(&reading);
	for (int64_t batch = 0; batch < check->batches && is_well; batch++) {
		_Atomic uint8_t *state = &place->board->batches[batch];

		is_well = check_batch(&reading, batch, (enum batch_state)atomic_load(state));
		atomic_store(state, is_there(&reading, batch) ? BATCH_DURABLE : BATCH_ABSENT);
	}
	(void)sem_destroy(&reading.woken);
	free(reading.counts);
	return is_well;
}
