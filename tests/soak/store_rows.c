/* store_rows.c - the worker of the store's kill test. */
#include "soak/store_rows.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
	BATCHES_OF_ONE = 600,  /* a worker that comes to no end is wrong */
	AFTER_REFUSAL = 4,     /* batches when the disk is well again... */
	AFTER_REFUSAL_MUST = 2 /* ...of which the last must be kept */
};

#define HISTORY_US (INT64_C(4000) * 86400 * BW_SECOND_US)

static struct series_cell whole(int64_t value)
{
	return (struct series_cell){ SERIES_INTEGER, { .integer = value } };
}

struct store *rows_open(const char *path, void (*wake)(void *arg), void *arg)
{
	const struct store_config config = {
		.path = path,
		.history_us = HISTORY_US,
		.wake = wake,
		.wake_arg = arg,
	};
	struct store *store = NULL;
	struct bw_error err;

	(void)!store_open(&config, (struct bw_wall){ ROWS_BEGIN_US }, &store, &err);
	return store;
}

const char *rows_name(int64_t row)
{
	static const char *const names[ROWS_NAMES] = { "database", "cache", "feed", "broker" };

	return names[row % ROWS_NAMES];
}

struct store_row rows_make(int64_t row, char text[32])
{
	struct store_row made = {
		.kind = SERIES_COMPONENT,
		.name = rows_name(row),
		.time = { ROWS_BEGIN_US + row * ROWS_STEP_S * BW_SECOND_US },
		.text = row % 7 == 0 ? text : NULL,
	};

	(void)snprintf(text, 32, "refused %d", (int)(row % 49));
	made.cells[SERIES_COMPONENT_STATUS] = whole(row / 5 % BW_HEALTH_MAX);
	made.cells[SERIES_COMPONENT_HOLD] = whole(90);
	made.cells[SERIES_COMPONENT_MAINTENANCE] = whole(row / 100 % 2);
	made.cells[SERIES_COMPONENT_RESPONSE] = whole(row);
	return made;
}

static bool is_durable(int64_t batch)
{
	return batch % ROWS_RECORD_EVERY == 0;
}

/* Appends one batch and waits until it is on the disk or dropped. */
static enum batch_state write_batch(struct store *store, int64_t batch)
{
	struct store_record record = { .kind = STORE_RECORD_ALERT, .id = 1 };
	struct store_status before, after;
	char text[32];

	store_status(store, &before);
	store_hold(store);
	for (int64_t row = batch * ROWS_BATCH; row < (batch + 1) * ROWS_BATCH; row++) {
		const struct store_row made = rows_make(row, text);

		store_append_row(store, &made);
	}
	(void)snprintf(text, sizeof(text), "%lld", (long long)batch);
	record.text = text;
	if (is_durable(batch))
		store_put_record(store, &record);
	store_release(store);
	store_flush(store);
	store_status(store, &after);
	if (after.dropped > before.dropped)
		return BATCH_DROPPED;
	return is_durable(batch) ? BATCH_DURABLE : BATCH_KEPT;
}

static bool is_deadly(enum fault_kind kind)
{
	return kind == FAULT_KILL || kind == FAULT_POWER;
}

int rows_work(const struct rows_place *place, const struct fault_plan *plan, int64_t batch)
{
	struct rows_board *board = place->board;
	int64_t end = batch + BATCHES_OF_ONE;
	struct store *store;
	int after = 0;

	if (!fault_vfs_begin(plan))
		return 2;
	store = rows_open(place->path, NULL, NULL);
	if (store == NULL)
		return 3;
	for (; batch < end && after < AFTER_REFUSAL; batch++) {
		enum batch_state state;

		atomic_store(&board->batches[batch], BATCH_BEGUN);
		state = write_batch(store, batch);
		atomic_store(&board->batches[batch], (uint8_t)state);
		atomic_store(&board->points, fault_vfs_points());
		atomic_store(&board->has_refused, fault_vfs_has_refused());
		if (after >= AFTER_REFUSAL_MUST && state == BATCH_DROPPED)
			return 4;
		after += !is_deadly(plan->kind) && fault_vfs_points() >= plan->at + plan->lasts;
	}
	if (after == AFTER_REFUSAL)
		(void)kill(getpid(), SIGKILL);
	return 5;
}
