/* json_write.h - appends JSON to a buffer, without a tree and without allocation of its own.
 *
 * Owns:    nothing; the buffer is the caller's and carries the errors (buf.h).
 * Limits:  nesting of BW_JSON_DEPTH_MAX; deeper is a broken contract.
 * Text:    UTF-8; invalid bytes become U+FFFD, control characters are escaped, '<', '>' and '&'
 *          stay as they are (a page must never put foreign text in as markup).
 * Threads: one at a time.
 */
#ifndef BW_BASE_JSON_WRITE_H
#define BW_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/number.h"
#include "base/time.h"

enum { BW_JSON_DEPTH_MAX = 64 };

struct bw_json {
	struct bw_buf *buf;
	uint64_t has_member; /* one bit a level: a comma is due before the next member */
	int depth;
};

void bw_json_init(struct bw_json *json, struct bw_buf *buf);
void bw_json_object_begin(struct bw_json *json);
void bw_json_object_end(struct bw_json *json);
void bw_json_array_begin(struct bw_json *json);
void bw_json_array_end(struct bw_json *json);
/* Inside an object: the name of the value written next. */
void bw_json_key(struct bw_json *json, const char *key);
/* NULL writes null. */
void bw_json_string(struct bw_json *json, const char *text);
void bw_json_string_len(struct bw_json *json, const char *text, size_t len);
void bw_json_int(struct bw_json *json, int64_t value);
/* Shortest exact text; NaN and infinities write null. */
void bw_json_double(struct bw_json *json, double value);
void bw_json_number(struct bw_json *json, struct bw_number number);
void bw_json_bool(struct bw_json *json, bool value);
void bw_json_null(struct bw_json *json);
/* ISO 8601 in quotes (time.h). */
void bw_json_wall(struct bw_json *json, struct bw_wall time);
/* `text` is JSON already: one whole value, copied as it is. */
void bw_json_raw(struct bw_json *json, const char *text, size_t len);
/* `text` is JSON already: one or more whole members or elements with their commas between them,
 * for example `"a":1,"b":2`; len may be 0. */
void bw_json_raw_members(struct bw_json *json, const char *text, size_t len);

/* A key and its value in one call. */
void bw_json_member_int(struct bw_json *json, const char *key, int64_t value);
void bw_json_member_double(struct bw_json *json, const char *key, double value);
void bw_json_member_bool(struct bw_json *json, const char *key, bool value);
void bw_json_member_string(struct bw_json *json, const char *key, const char *text);

#endif
