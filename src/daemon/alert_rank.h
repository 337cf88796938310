/* alert_rank.h - the worst of what fires, in the order in which people look at it, and how many
 * there are of each sort.
 *
 * Order: what nobody has taken before what is acknowledged, that before what is quiet; then the
 * worst, then the newest.
 *
 * Owns:    its list; the alerts are borrowed until they change.
 * Threads: one at a time.
 */
#ifndef BW_DAEMON_ALERT_RANK_H
#define BW_DAEMON_ALERT_RANK_H

#include "alerts/alerts.h"

/* Firing and recovering. */
#define ALERT_RANK_FIRING (1U << ALERT_FIRING | 1U << ALERT_RECOVERING)

struct alert_rank {
	const struct alert **items; /* best placed first */
	size_t count, room;
	size_t loud, acked, quiet; /* of all, whether listed or not: each is in one of the three */
	size_t by_severity[BW_SEVERITY_CRITICAL + 1]; /* of the loud ones */
	size_t all_by_severity[BW_SEVERITY_CRITICAL + 1];
};

/* At most `room` are listed. */
void alert_rank_take(struct alert_rank *rank, const struct alerts *alerts, size_t room);
void alert_rank_finish(struct alert_rank *rank);

#endif
