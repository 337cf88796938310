/* tick.h - one line of `eval`: what health collection and the breakers said at one moment.
 *
 * Strict: a wrong type is an error that names the place ("health.resource_usage.cpu_percent: a
 * number expected, not text"). A missing key takes the reference's default, an unknown one is
 * passed over. Numbers remember whether they were written as int or float.
 *
 * Owns:    the parsed JSON until tick_finish(); texts are borrowed from it.
 * Errors:  BW_EPARSE with a text for people; BW_ENOMEM.
 * Threads: any, one a tick.
 */
#ifndef BW_EVAL_TICK_H
#define BW_EVAL_TICK_H

#include <stddef.h>

#include <bellwether/dashboard.h>

#include "base/status.h"
#include "base/time.h"

struct json_t;

/* Alert titles hold a breaker's name whole up to this many bytes. */
enum { TICK_BREAKER_NAME_MAX = 280, TICK_COMPONENT_NAME_MAX = 4096 };

struct tick {
	struct json_t *root;
	struct bw_wall now;
	const char *error; /* health collection failed, and why; NULL: there is health */
};

BW_MUST_USE enum bw_status tick_read(const char *line, size_t len, struct tick *out,
				     struct bw_error *err);
void tick_finish(struct tick *tick);
/* Replaces everything in the model but its history. After a failure the model is half fed: do not
 * write it. `tick->error` is NULL. */
BW_MUST_USE enum bw_status tick_apply(const struct tick *tick, struct bw_dashboard *dashboard,
				      struct bw_error *err);

#endif
