/* replay_read.h - the lines of `breaker replay`: a configuration first, then one step a line.
 *
 * Strict: a key or word that is not known, one that comes twice, one that the step has no use for,
 * a wrong type and a number out of its range are errors that say what was expected.
 *
 * Owns:    a step keeps its line's JSON until replay_step_finish(); `as` is borrowed from it.
 * Units:   seconds in the lines, microseconds here, rounded to the nearest.
 * Errors:  BW_EPARSE with a text for people, or BW_ENOMEM. Foreign text in it is not escaped yet.
 * Threads: any.
 */
#ifndef BW_CLI_REPLAY_READ_H
#define BW_CLI_REPLAY_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bellwether/breaker.h>

struct json_t;

enum { REPLAY_TIMES_MAX = 10 * 1000 * 1000 };

enum replay_do {
	REPLAY_ACQUIRE,
	REPLAY_CALL,
	REPLAY_DISABLE,
	REPLAY_ENABLE,
	REPLAY_FORCE_OPEN,
	REPLAY_METRICS_ONLY,
	REPLAY_OPEN_FOR,
	REPLAY_OPEN_UNTIL,
	REPLAY_RECORD,
	REPLAY_RESET,
	REPLAY_SNAPSHOT,
};

struct replay_step {
	struct json_t *root;
	enum replay_do what;
	bool has_at;
	int64_t at_us;
	const char *as; /* NULL: not named */
	enum bw_breaker_outcome outcome;
	int64_t duration_us; /* of a call */
	int64_t seconds_us;  /* of open_for */
	int64_t until_us;    /* of open_until */
	int64_t times;       /* 1 .. REPLAY_TIMES_MAX */
};

/* {"config": {...}}; what is not named is the standard. */
BW_MUST_USE enum bw_status replay_config_read(const char *line, size_t len,
					      struct bw_breaker_config *out, struct bw_error *err);
BW_MUST_USE enum bw_status replay_step_read(const char *line, size_t len, struct replay_step *out,
					    struct bw_error *err);
void replay_step_finish(struct replay_step *step);

#endif
