/* breaker_watch.h - keeps an eye on the shared region: what other processes do with its breakers,
 * and whether the file is there at all.
 *
 * Events are read BREAKER_WATCH_US apart, numbers and workers once in BREAKER_WATCH_LOOKS of it.
 * A region that was replaced is left and joined anew; one that cannot be used is tried again.
 *
 * Owns:    its timer. Guards and region are borrowed.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_BREAKER_WATCH_H
#define BW_DAEMON_BREAKER_WATCH_H

#include "base/buf.h"
#include "daemon/guard.h"
#include "daemon/log.h"
#include "daemon/shared_region.h"
#include "io/loop.h"

#define BREAKER_WATCH_US (BW_SECOND_US / 4)
enum { BREAKER_WATCH_LOOKS = 4 };

struct breaker_watch_options {
	struct io_loop *loop;
	struct guards *guards;
	struct shared_region *region; /* NULL: nothing is watched */
	struct log *log;
	void (*changed)(void *arg, struct guard *guard); /* its numbers or workers */
	void (*moved)(void *arg); /* guards stand on another region, or none; or notices changed */
	void *arg;
};

struct breaker_watch;

struct breaker_watch *breaker_watch_create(const struct breaker_watch_options *options);
void breaker_watch_destroy(struct breaker_watch *watch);
/* Reads what happened so far, then goes on. */
void breaker_watch_start(struct breaker_watch *watch);
/* Another configuration, after guards_begin() and before guards_configure(). Whoever gives it looks
 * at all guards afterwards: `moved` is not called. */
void breaker_watch_set(struct breaker_watch *watch, const struct region_settings *settings,
		       size_t breakers);
/* What the page must say of the region; "" for nothing. Borrowed until the loop goes on. */
const char *breaker_watch_notice(const struct breaker_watch *watch);

#endif
