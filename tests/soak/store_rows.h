/* store_rows.h - what the two halves of the store's kill test share: the rows, and what is known of
 * them.
 *
 * Rows are numbered without end; a batch of them is one commit. Everything about a row follows from
 * its number, so that whoever reads it can tell whether it is as it was written.
 *
 * Units: the board is shared memory; a state is written by the worker while it lives, then by its
 *        supervisor.
 */
#ifndef TESTS_SOAK_STORE_ROWS_H
#define TESTS_SOAK_STORE_ROWS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "soak/fault_vfs.h"
#include "storage/store.h"

enum {
	ROWS_BATCH = 40,
	ROWS_NAMES = 4,
	ROWS_STEP_S = 120, /* a day is 18 batches: heads are sealed at midnight */
	ROWS_BATCHES_MAX = 65536,
	ROWS_RECORD_EVERY = 3, /* a batch with a record is on the disk itself when it is done */
	ROWS_PATH_MAX = 256,
};

/* 2026-03-02T22:30:00Z */
#define ROWS_BEGIN_US INT64_C(1772490600000000)

enum batch_state {
	BATCH_NONE,    /* not begun */
	BATCH_BEGUN,   /* on its way when the worker died: whole or not there */
	BATCH_KEPT,    /* the store said so */
	BATCH_DURABLE, /* likewise, even after a power cut */
	BATCH_DROPPED, /* the store said that the disk refused */
	BATCH_ABSENT,  /* seen not to be there: it must not come back */
};

struct rows_board {
	_Atomic uint8_t batches[ROWS_BATCHES_MAX]; /* enum batch_state */
	_Atomic uint64_t points;                   /* write points of the latest worker */
	_Atomic bool has_refused;
};

struct rows_place {
	char path[ROWS_PATH_MAX];
	struct rows_board *board;
};

/* NULL: there is not even a store that tries again. */
struct store *rows_open(const char *path, void (*wake)(void *arg), void *arg);
const char *rows_name(int64_t row);
struct store_row rows_make(int64_t row, char text[32]);

/* Appends batches from `batch` on until the plan kills it, or some batches after the disk has
 * refused what it should; then it kills itself. Returns only when something is wrong: why. */
int rows_work(const struct rows_place *place, const struct fault_plan *plan, int64_t batch);

/* Reads everything below `batches`, compares it with the board, and writes there what it has found.
 * false: `trouble` says what must not be. */
struct rows_check {
	enum fault_kind kind;
	int64_t batches;
	char trouble[256];
};

bool rows_check(const struct rows_place *place, struct rows_check *check);

#endif
