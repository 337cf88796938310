/* load.h - what start-up wants back from the tables that are not series.
 *
 * Private to src/storage.
 * Errors:  those of sql.h. Stored numbers are foreign: what no enum knows is left out.
 * Threads: one at a time.
 */
#ifndef BW_STORAGE_LOAD_H
#define BW_STORAGE_LOAD_H

#include "storage/sql.h"
#include "storage/store.h"

BW_MUST_USE enum bw_status load_states(struct sql *sql,
				       void (*visit)(void *arg, const struct store_state *state),
				       void *arg, struct bw_error *err);
BW_MUST_USE enum bw_status load_changes(struct sql *sql, struct bw_wall from,
					void (*visit)(void *arg, const struct bw_change *change),
					void *arg, struct bw_error *err);
BW_MUST_USE enum bw_status load_records(struct sql *sql, enum store_record_kind kind,
					size_t ended_max,
					void (*visit)(void *arg, const struct store_record *record),
					void *arg, struct bw_error *err);
/* The present row of a statement about changes; false: no daemon ever wrote it. Texts are
 * borrowed. */
bool load_change(struct sql *sql, int statement, struct bw_change *out);

#endif
