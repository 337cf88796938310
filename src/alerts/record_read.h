/* record_read.h - reads members of a record of our own from JSON: missing is zero, a wrong type an
 * error that names the member. Private to src/alerts.
 *
 * Owns:    nothing. Threads: one at a time.
 */
#ifndef BW_ALERTS_RECORD_READ_H
#define BW_ALERTS_RECORD_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/time.h"

struct record_reader {
	const json_t *object;
	struct bw_error *err;
	bool failed; /* the first failure stays */
};

/* NULL with the error set: not one JSON object. The caller gives it back with json_decref(). */
json_t *record_parse(const char *text, struct bw_error *err);
int64_t record_int(struct record_reader *reader, const char *key, int64_t min, int64_t max);
struct bw_wall record_wall(struct record_reader *reader, const char *key);
bool record_bool(struct record_reader *reader, const char *key);
/* "" when missing; borrowed from the object. */
const char *record_text(struct record_reader *reader, const char *key);
/* The position of the text among `words`, ended by NULL; `missing` when it is not there. */
int record_word(struct record_reader *reader, const char *key, const char *const *words,
		int missing);
/* NULL when missing. */
const json_t *record_array(struct record_reader *reader, const char *key, size_t max);
void record_refuse(struct record_reader *reader, const char *key, const char *why);

#endif
