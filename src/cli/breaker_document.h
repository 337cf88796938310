/* breaker_document.h - breakers of a region as JSON, with the members that a daemon's API has too.
 *
 * Owns:    nothing.
 * Limits:  256 workers and 64 events of a breaker.
 * Threads: one at a time.
 */
#ifndef BW_CLI_BREAKER_DOCUMENT_H
#define BW_CLI_BREAKER_DOCUMENT_H

#include <bellwether/breaker.h>

#include "base/buf.h"
#include "cli/breaker_region.h"

enum { BREAKER_WORKERS_MAX = 256, BREAKER_EVENTS_MAX = 64 };

/* {"region", "breakers": {name: {...}}}; a region that is not there has none. */
void breaker_document_list(const struct breaker_region *region, struct bw_buf *out);
/* {"name", "breaker", "window", "lifetime", "config", "events", "worker_list"} */
void breaker_document_one(const struct bw_breaker *breaker, struct bw_buf *out);
/* {"at", "name", "from", "to", "reason", "generation", "failures", "pid"} */
void breaker_document_event(const char *name, const struct bw_breaker_event *event,
			    struct bw_buf *out);

#endif
