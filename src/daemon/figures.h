/* figures.h - response times, checks, breaker calls and errors: now, and on average over 24 hours.
 *
 * Owns:    its averages, which begin anew with the daemon.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_FIGURES_H
#define BW_DAEMON_FIGURES_H

#include "base/buf.h"
#include "base/time.h"
#include "daemon/guard.h"
#include "daemon/roster.h"

struct figures;

/* What has been counted since the daemon started. */
struct figures_counts {
	uint64_t checks, errors; /* results, and those of them that were unhealthy or unknown */
};

struct figures *figures_create(void);
void figures_destroy(struct figures *figures);
/* Every few seconds: looks at the latest results and at what was counted in the last minute. */
void figures_take(struct figures *figures, const struct roster *roster, const struct guards *guards,
		  const struct figures_counts *counts, struct bw_mono now);
/* The member "figures" of "metrics". */
void figures_write(const struct figures *figures, struct bw_mono now, struct bw_buf *out);

#endif
