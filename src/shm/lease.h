/* lease.h - the places of probes in HALF_OPEN, and how the probes fared.
 *
 * A lease is {generation, deadline}. An expired one is free to be taken over, so a killed prober
 * never leaves the breaker stuck. Only an exact exchange of its own word frees a lease.
 *
 * Owns:    nothing.
 * Units:   microseconds since the region's epoch.
 * Threads: any; every access is seq_cst, so that two claimers see each other.
 */
#ifndef BW_SHM_LEASE_H
#define BW_SHM_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/handle.h"

struct lease {
	uint32_t generation;
	int slot;
	uint64_t deadline_ms;
};

struct probes {
	int in_flight;
	uint32_t ok, failed;
};

/* What the probes of `generation` did, and do at `since_us`. */
void bw_probes_look(const struct bw_breaker *breaker, const struct breaker_rules *rules,
		    uint32_t generation, int64_t since_us, struct probes *out);
/* Notes one end. false: there is a newer generation already. */
bool bw_probes_note(struct bw_breaker *breaker, uint32_t generation, bool is_failed);

/* false: as many probes as may be are under way. */
bool bw_lease_claim(struct bw_breaker *breaker, const struct breaker_rules *rules,
		    uint32_t generation, int64_t since_us, struct lease *out);
void bw_lease_free(struct bw_breaker *breaker, const struct lease *lease);

#endif
