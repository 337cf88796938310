/* maintenance.h - when a planned window is open: pure functions of its settings and the time.
 *
 * A window that begins while an earlier one of the same schedule is still open makes one long
 * window of both.
 *
 * Owns:    nothing. Threads: any.
 */
#ifndef BW_ALERTS_MAINTENANCE_H
#define BW_ALERTS_MAINTENANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "alerts/settings.h"
#include "base/time.h"

struct maintenance_state {
	bool is_open;
	struct bw_wall from, until;           /* of the one that is open; else 0 */
	struct bw_wall next_from, next_until; /* of the next to begin; 0: there is none */
};

void maintenance_look(const struct maintenance_window *window, struct bw_wall now,
		      struct maintenance_state *out);
/* The first time after `now` at which it opens or ends; BW_WALL_NEVER: neither. */
struct bw_wall maintenance_edge(const struct maintenance_window *window, struct bw_wall now);
/* Its next opening that ends after `after`; start with the beginning of a range and go on with
 * *until. False: there is none that begins before `to`. */
bool maintenance_next(const struct maintenance_window *window, struct bw_wall after,
		      struct bw_wall to, struct bw_wall *from, struct bw_wall *until);

#endif
