/* parse.h - the bytes of a request's head to method, target, fields and the framing of its body.
 *
 * Strict: what two readers could take differently is refused, never repaired, because a proxy in
 * front of us may have taken it the other way.
 *
 * Owns:    nothing; spans are offsets into the caller's bytes, which may grow but not change.
 * Errors:  a refusal is a status (400, 414, 417, 431, 501, 505) and a sentence for the client.
 * Threads: one at a time. No allocation.
 */
#ifndef BW_HTTP_PARSE_H
#define BW_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_FIELDS_MAX = 64, HTTP_METHOD_BYTES_MAX = 32 };

struct http_span {
	uint32_t at, len;
};

struct http_field {
	struct http_span name, value;
};

struct http_head {
	struct http_span method, target;
	struct http_span host; /* of the one Host field; len 0 when there is none */
	struct http_field fields[HTTP_FIELDS_MAX];
	int field_count;
	uint64_t content_length;
	uint8_t minor; /* of HTTP/1.x: 0 or 1 */
	bool has_host, has_length, chunked, keep_alive, expect_continue;
};

enum http_parse {
	HTTP_PARSE_MORE,    /* the head is not whole yet */
	HTTP_PARSE_DONE,    /* `head` stands, `head_bytes` long with its empty line */
	HTTP_PARSE_REFUSED, /* `status` and `why` say what to answer; the connection must end */
};

enum http_parse_stage { HTTP_STAGE_START, HTTP_STAGE_REQUEST_LINE, HTTP_STAGE_FIELDS };

struct http_parser {
	size_t head_bytes_max, target_bytes_max;
	size_t scanned, line; /* offsets: first byte not looked at, begin of the current line */
	enum http_parse_stage stage;
	bool wants_keep_alive, wants_close;
	struct http_head head;
	size_t head_bytes;
	int status;
	const char *why; /* static */
};

void http_parser_init(struct http_parser *parser, size_t head_bytes_max, size_t target_bytes_max);
/* `data` holds all bytes of the head so far, the earlier ones included; each byte is looked at
 * once. */
enum http_parse http_parser_feed(struct http_parser *parser, const char *data, size_t len);

/* Is the span this text, letters' case aside? */
bool http_span_is(const char *data, struct http_span span, const char *text);
/* The first field of this name, or NULL. */
const struct http_field *http_head_find(const struct http_head *head, const char *data,
					const char *name);

#endif
