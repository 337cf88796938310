/* status_since.h - since when the components that everybody may see are together what they are.
 *
 * Owns:    nothing; the engine is borrowed.
 * Limits:  what the journal remembers.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_STATUS_SINCE_H
#define BW_DAEMON_STATUS_SINCE_H

#include "daemon/engine.h"

/* false: for longer than is known; then `out` stays untouched. */
bool status_since(const struct engine *engine, struct bw_wall *out);

#endif
