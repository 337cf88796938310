/* shared_region.h - the file of breakers that the daemon shares with every process of the host.
 *
 * It is opened as the configuration says, found again when it was replaced or became usable, and
 * told about when it cannot be used: the daemon goes on without it. One that may be read and not
 * written (it belongs to another user) is looked at only.
 *
 * Owns:    the handle. Its breakers must be closed before it is closed or moved.
 * Threads: the loop's. No call blocks for longer than 0.2 s.
 */
#ifndef BW_DAEMON_SHARED_REGION_H
#define BW_DAEMON_SHARED_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bellwether/breaker.h>

#include "base/time.h"

struct region_settings {
	bool shared; /* false: the breakers are the daemon's alone */
	bool group;
	const char *path; /* NULL: $BELLWETHER_REGION, or the user's own */
};

/* How long an unusable file is left alone before it is tried again. */
#define SHARED_REGION_RETRY_US (5 * BW_SECOND_US)

struct shared_region;

/* `clock` (borrowed; NULL: the system's) is that of every process that uses the file. */
struct shared_region *shared_region_create(const struct bw_clock *clock);
void shared_region_destroy(struct shared_region *region);
/* Copies the settings; `breakers` is how many the configuration names. true: what is open is no
 * longer what is wanted. */
bool shared_region_set(struct shared_region *region, const struct region_settings *settings,
		       size_t breakers);
/* Opens what is wanted and not open. true: there is a region now that was not there before. */
bool shared_region_open(struct shared_region *region);
void shared_region_close(struct shared_region *region);
/* Is the open file no longer the one of that name? */
bool shared_region_is_replaced(const struct shared_region *region);
/* NULL: there is none to be used. */
struct bw_region *shared_region_get(const struct shared_region *region);
bool shared_region_is_wanted(const struct shared_region *region);
bool shared_region_is_writable(const struct shared_region *region);
/* Why it is not used, or not fully; "": all is well, or none is wanted. */
const char *shared_region_trouble(const struct shared_region *region);
/* The clock that its times are of. */
int64_t shared_region_now_us(const struct shared_region *region);
/* As asked for, or the default; "" when that is not known. */
const char *shared_region_path(const struct shared_region *region);

#endif
