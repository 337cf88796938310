/* watchdog.h - the outgoing sign of life: a GET to somebody who notices when it stays away.
 *
 * It is sent at once and then every so often, but only while the engine takes turns: a daemon that
 * still serves pages but no longer looks at anything is dead in this sense.
 *
 * Owns:    its address, timer and request.
 * Secrets: the address never stands in a text that leaves; host and port may.
 * Threads: the loop's.
 */
#ifndef BW_DAEMON_WATCHDOG_H
#define BW_DAEMON_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "io/loop.h"

/* An engine without a turn for so long is taken for dead. It takes one every 5 s at least. */
#define WATCHDOG_TURN_US (30 * BW_SECOND_US)
#define WATCHDOG_TIMEOUT_US (10 * BW_SECOND_US)

enum { WATCHDOG_TEXT_MAX = 256 };

struct watchdog;
struct log;

struct watchdog_options {
	struct io_loop *loop;
	struct log *log;              /* NULL: silent */
	uint64_t (*turns)(void *arg); /* how many turns the engine has taken */
	void *arg;
};

struct watchdog *watchdog_create(const struct watchdog_options *options);
void watchdog_destroy(struct watchdog *watchdog);
/* Begins, with a first ping at once; at every reload again: what has not changed goes on. `url`
 * NULL: nobody is pinged. Copied. */
void watchdog_set(struct watchdog *watchdog, const char *url, int64_t every_us);

struct watchdog_state {
	bool is_set;
	int64_t every_us;
	struct bw_wall last_ok;          /* 0: never */
	struct bw_wall failing_since;    /* 0: not failing */
	char trouble[WATCHDOG_TEXT_MAX]; /* of the latest ping; "" when it went */
};

void watchdog_state(const struct watchdog *watchdog, struct watchdog_state *out);

#endif
