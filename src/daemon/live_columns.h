/* live_columns.h - components as columns of JSON: what the live stream and its snapshot say of rows
 * (docs/internals/live.md).
 *
 * Owns:    nothing; texts of rows are borrowed for the call.
 * Units:   microseconds in, whole seconds before `now` and milliseconds out.
 * Threads: any.
 */
#ifndef BW_DAEMON_LIVE_COLUMNS_H
#define BW_DAEMON_LIVE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_write.h"
#include "base/time.h"
#include "core/health.h"

enum { LIVE_TEXT_MAX = 300 }; /* characters of an error, the "…" of a cut one among them */

struct live_row {
	const char *name, *group, *kind; /* group: NULL for none */
	bool critical, has_response;
	enum bw_health health;
	int64_t limit_us; /* 0: none */
	int64_t response_us;
	struct bw_wall checked; /* 0: never */
	struct bw_wall since;
	const char *error; /* NULL for none */
};

/* Of all that a patch says of the row; never 0. */
uint64_t live_row_hash(const struct live_row *row);
/* Of all that only the snapshot says of it, taken on from `hash`. */
uint64_t live_row_identity(const struct live_row *row, uint64_t hash);
uint64_t live_hash(uint64_t hash, const void *data, size_t len);

/* Members of the object "components", which the caller begins and ends. `rows[i]` stands at
 * `positions[i]` of the snapshot. */
void live_write_patch(struct bw_json *json, const struct live_row *rows, const uint32_t *positions,
		      size_t count, struct bw_wall now);
void live_write_snapshot(struct bw_json *json, const struct live_row *rows, size_t count,
			 struct bw_wall now);

#endif
