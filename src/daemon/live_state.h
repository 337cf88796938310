/* live_state.h - what the readers of the live stream have been told, and what they have not.
 *
 * Owns:    copies of the parts as they were sent, a number for each row and breaker. Engine and
 *          publisher are borrowed.
 * Limits:  a patch has at most LIVE_ROWS_MAX rows and about LIVE_PATCH_BYTES.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_LIVE_STATE_H
#define BW_DAEMON_LIVE_STATE_H

#include "base/json_write.h"
#include "daemon/engine.h"
#include "daemon/publish.h"

enum { LIVE_ROWS_MAX = 1000, LIVE_PATCH_BYTES = 256 * 1024 };

enum live_change {
	LIVE_UNCHANGED, /* nothing that a reader could see */
	LIVE_CHANGED,
	LIVE_TOO_MUCH, /* for a patch; what was written so far is to be thrown away */
};

struct live_state;

struct live_state *live_state_create(struct engine *engine, const struct publisher *publisher);
void live_state_destroy(struct live_state *state);
/* After a reload: names the list of components anew; true when it is another one. */
bool live_state_take_roster(struct live_state *state);
const char *live_state_roster(const struct live_state *state);
/* The parts of a patch as members of the object begun. What it writes counts as sent, even when it
 * was too much: the readers then fetch a snapshot. */
enum live_change live_state_write_patch(struct live_state *state, const struct engine_turn *turn,
					struct bw_wall now, struct bw_json *json);
/* All parts, whole. `is_first`: no reader holds anything older, so what this one says counts as
 * sent. */
void live_state_write_snapshot(struct live_state *state, bool is_first, struct bw_wall now,
			       struct bw_json *json);

#endif
