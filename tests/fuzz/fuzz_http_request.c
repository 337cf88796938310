/* fuzz_http_request.c - what a client sends: head, target, chunked body, negotiated fields.
 *
 * Beside crashes it looks for the one thing a strict parser must not do: judge the same bytes
 * differently when they arrive in other portions.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "http/chunk.h"
#include "http/negotiate.h"
#include "http/parse.h"
#include "http/target.h"

enum { HEAD_MAX = 8192, TARGET_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum http_parse feed(struct http_parser *parser, const char *text, size_t len, size_t step)
{
	enum http_parse state = HTTP_PARSE_MORE;

	http_parser_init(parser, HEAD_MAX, TARGET_MAX);
	for (size_t seen = 0; seen < len && state == HTTP_PARSE_MORE;) {
		seen = len - seen > step ? seen + step : len;
		state = http_parser_feed(parser, text, seen);
	}
	return state;
}

static void check_span(const struct http_parser *parser, struct http_span span)
{
	bw_assert((size_t)span.at + span.len < parser->head_bytes);
}

static void use_target(const char *raw, size_t len)
{
	char *store = malloc(http_target_store_bytes(len));
	struct http_target target;
	size_t total = 0;

	bw_assert(store != NULL);
	if (http_target_parse(raw, len, store, &target)) {
		total += strlen(target.path);
		for (int i = 0; i < target.segment_count && i < HTTP_SEGMENTS_MAX; i++)
			total += strlen(target.segments[i]);
		for (int i = 0; i < target.query_count; i++)
			total += strlen(target.query[i].name) + strlen(target.query[i].value);
		bw_assert(total < http_target_store_bytes(len));
	}
	free(store);
}

static void use_head(const struct http_parser *parser, const char *text)
{
	const struct http_head *head = &parser->head;

	check_span(parser, head->method);
	check_span(parser, head->target);
	bw_assert(head->has_host || head->minor == 0);
	bw_assert(!(head->chunked && head->has_length));
	for (int i = 0; i < head->field_count; i++) {
		const struct http_span value = head->fields[i].value;

		check_span(parser, head->fields[i].name);
		check_span(parser, value);
		bw_assert(memchr(text + value.at, '\n', value.len) == NULL);
		(void)http_accepts_gzip(text + value.at, value.len);
		(void)http_none_match_has(text + value.at, value.len, "0123456789abcdef");
	}
	use_target(text + head->target.at, head->target.len);
}

/* The length of the decoded body, or -1 when it is bad. */
static long unchunk(const char *text, size_t len, size_t step)
{
	struct http_chunks chunks;
	size_t taken = 0;
	long total = 0;

	http_chunks_init(&chunks);
	while (taken < len) {
		size_t part = len - taken > step ? step : len - taken;
		enum http_chunk state = http_chunks_feed(&chunks, text + taken, part, &taken);

		if (state == HTTP_CHUNK_BAD)
			return -1;
		if (state == HTTP_CHUNK_DONE)
			return total;
		if (state == HTTP_CHUNK_DATA)
			total += (long)chunks.data_len;
	}
	return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A block of exactly this size, so that a read beyond its end is seen. */
	char *text = malloc(size + (size == 0));
	struct http_parser whole, parts;
	enum http_parse state;

	bw_assert(text != NULL);
	memcpy(text, data, size);
	state = feed(&whole, text, size, SIZE_MAX);
	bw_assert(feed(&parts, text, size, 1) == state);
	bw_assert(state != HTTP_PARSE_REFUSED || whole.status >= 400);
	if (state == HTTP_PARSE_DONE) {
		bw_assert(parts.head_bytes == whole.head_bytes);
		use_head(&whole, text);
		bw_assert(unchunk(text + whole.head_bytes, size - whole.head_bytes, SIZE_MAX) ==
			  unchunk(text + whole.head_bytes, size - whole.head_bytes, 1));
	}
	use_target(text, size < TARGET_MAX ? size : TARGET_MAX);
	bw_assert(unchunk(text, size, SIZE_MAX) == unchunk(text, size, 3));
	free(text);
	return 0;
}
