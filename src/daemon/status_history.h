/* status_history.h - the last 24 hours of one component, as everybody may see them: 48 bars of half
 * an hour, and how much of the known time it could be used.
 *
 * Owns:    nothing; the engine is borrowed.
 * Units:   microseconds.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_STATUS_HISTORY_H
#define BW_DAEMON_STATUS_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/health.h"
#include "core/journal.h"

#define STATUS_BAR_US (1800 * BW_SECOND_US)

enum { STATUS_BARS = 48, STATUS_UPTIME_TEXT_MAX = 16 };

struct status_history {
	struct bw_wall from;              /* of the first bar, on a half hour */
	enum bw_health bars[STATUS_BARS]; /* BW_HEALTH_UNKNOWN: not known, or nobody looked */
	int64_t known_us, usable_us;      /* usable: healthy or degraded */
};

/* The start of the bars whose last one holds `now`. */
struct bw_wall status_history_start(struct bw_wall now);
/* Of change points that begin at or before the start. */
void status_history_measure(const struct bw_strip *strip, struct bw_wall now,
			    struct status_history *out);
/* The same from the journal. */
void status_history_of(const struct bw_journal *journal, const char *name,
		       const struct bw_gap_list *gaps, struct bw_wall now,
		       struct status_history *out);
/* "99.98 %", cut and never rounded up; "–" when nothing is known. */
void status_uptime_text(const struct status_history *history, char out[STATUS_UPTIME_TEXT_MAX]);

#endif
