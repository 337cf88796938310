/* test_parse.c - heads as they come and as they are forged, whole and byte by byte; chunks too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/chunk.h"
#include "http/parse.h"

enum { HEAD_MAX = 8192, TARGET_MAX = 4096 };

struct row {
	const char *name, *text;
	int status; /* 0: accepted */
};

#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

static const struct row rows[] = {
	{ "plain", GET HOST "\r\n", 0 },
	{ "one empty line before", "\r\n" GET HOST "\r\n", 0 },
	{ "two empty lines before", "\r\n\r\n" GET HOST "\r\n", 400 },
	{ "1.0 without host", "GET / HTTP/1.0\r\n\r\n", 0 },
	{ "1.1 without host", GET "\r\n", 400 },
	{ "two hosts", GET HOST HOST "\r\n", 400 },
	{ "http/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505 },
	{ "http/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 505 },
	{ "http/0.9", "GET /\r\n", 400 },
	{ "small http", "GET / http/1.1\r\n" HOST "\r\n", 400 },
	{ "long version", "GET / HTTP/1.10\r\n" HOST "\r\n", 400 },
	{ "tls", "\x16\x03\x01\x02", 400 },
	{ "nothing but spaces", "   \r\n", 400 },
	{ "two spaces", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "tab for space", "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "space in target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "space behind version", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
	{ "high byte in target", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "control in target", "GET /\x01 HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "delete in target", "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "odd method", "G(T / HTTP/1.1\r\n" HOST "\r\n", 400 },
	{ "long method", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n" HOST "\r\n", 501 },
	{ "bare lf", "GET / HTTP/1.1\nHost: a\n\n", 400 },
	{ "bare lf later", GET "Host: a\n\r\n", 400 },
	{ "bare cr in value", GET "Host: a\rb\r\n\r\n", 400 },
	{ "cr cr lf", GET "Host: a\r\r\n\r\n", 400 },
	{ "lf for the end", GET HOST "\n", 400 },
	{ "space before colon", GET "Host : a\r\n\r\n", 400 },
	{ "no colon", GET "Host\r\n\r\n", 400 },
	{ "no name", GET HOST ": a\r\n\r\n", 400 },
	{ "folded", GET HOST "X: a\r\n b\r\n\r\n", 400 },
	{ "folded by tab", GET HOST "X: a\r\n\tb\r\n\r\n", 400 },
	{ "space before the first field", GET " Host: a\r\n\r\n", 400 },
	{ "control in value", GET "Host: a\x01\r\n\r\n", 400 },
	{ "delete in value", GET HOST "X: \x7f\r\n\r\n", 400 },
	{ "tab in value", GET HOST "X: a\tb\r\n\r\n", 0 },
	{ "latin-1 in value", GET HOST "X: \xe4\r\n\r\n", 0 },
	{ "odd name", GET HOST "X(: a\r\n\r\n", 400 },
	{ "length", POST "Content-Length: 5\r\n\r\n", 0 },
	{ "plus", POST "Content-Length: +5\r\n\r\n", 400 },
	{ "minus", POST "Content-Length: -5\r\n\r\n", 400 },
	{ "hexadecimal", POST "Content-Length: 0x5\r\n\r\n", 400 },
	{ "space inside", POST "Content-Length: 5 5\r\n\r\n", 400 },
	{ "list", POST "Content-Length: 5, 5\r\n\r\n", 400 },
	{ "empty length", POST "Content-Length:\r\n\r\n", 400 },
	{ "two lengths", POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400 },
	{ "the same length twice", POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400 },
	{ "chunked", POST "Transfer-Encoding: Chunked\r\n\r\n", 0 },
	{ "length and chunked", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
	  400 },
	{ "chunked and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
	  400 },
	{ "xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n", 501 },
	{ "gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
	{ "chunked twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	  400 },
	{ "chunked, identity",
	  POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", 400 },
	{ "1.0 chunked", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
	{ "vertical tab before chunked", POST "Transfer-Encoding: \vchunked\r\n\r\n", 400 },
	{ "continue", POST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", 0 },
	{ "another expectation", POST "Content-Length: 5\r\nExpect: 200-ok\r\n\r\n", 417 },
};

/* Feeds `step` bytes more each time, each time from a block of exactly that size, so that a read
 * beyond its end is seen by the sanitizer. */
static enum http_parse feed(struct http_parser *parser, const char *text, size_t len, size_t step)
{
	enum http_parse state = HTTP_PARSE_MORE;

	http_parser_init(parser, HEAD_MAX, TARGET_MAX);
	for (size_t seen = 0; seen < len && state == HTTP_PARSE_MORE;) {
		char *copy;

		seen = seen + step < len ? seen + step : len;
		copy = malloc(seen);
		assert_non_null(copy);
		memcpy(copy, text, seen);
		state = http_parser_feed(parser, copy, seen);
		free(copy);
	}
	return state;
}

static void check_row(const struct row *row, size_t step)
{
	struct http_parser parser;
	enum http_parse state = feed(&parser, row->text, strlen(row->text), step);
	int status = state == HTTP_PARSE_REFUSED ? parser.status : 0;

	if (state == HTTP_PARSE_MORE || status != row->status)
		fail_msg("%s, %zu bytes at once: state %d, status %d (%s)", row->name, step,
			 (int)state, status, parser.why != NULL ? parser.why : "-");
	if (state == HTTP_PARSE_DONE)
		assert_int_equal(parser.head_bytes, strlen(row->text));
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_row(&rows[i], SIZE_MAX / 2);
		check_row(&rows[i], 1);
		check_row(&rows[i], 7);
	}
}

static void test_nul_bytes(void **state)
{
	static const char in_value[] = GET "Host: a\0b\r\n\r\n",
			  in_name[] = GET "Ho\0st: a\r\n\r\n",
			  in_target[] = "GET /\0 HTTP/1.1\r\n" HOST "\r\n";
	struct http_parser parser;

	(void)state;
	assert_int_equal(feed(&parser, in_value, sizeof(in_value) - 1, 99), HTTP_PARSE_REFUSED);
	assert_int_equal(feed(&parser, in_name, sizeof(in_name) - 1, 99), HTTP_PARSE_REFUSED);
	assert_int_equal(feed(&parser, in_target, sizeof(in_target) - 1, 99), HTTP_PARSE_REFUSED);
	assert_int_equal(parser.status, 400);
}

static void test_what_is_taken(void **state)
{
	static const char text[] =
		"DELETE /a?b HTTP/1.1\r\nHOST:\t a:80 \r\nX-One: 1\r\nx-one: 2\r\n"
		"Connection: foo , CLOSE\r\nContent-Length: 007\r\n\r\nnext";
	struct http_parser parser;
	const struct http_head *head = &parser.head;
	const struct http_field *field;

	(void)state;
	assert_int_equal(feed(&parser, text, sizeof(text) - 1, SIZE_MAX / 2), HTTP_PARSE_DONE);
	assert_true(http_span_is(text, head->method, "DELETE"));
	assert_true(http_span_is(text, head->target, "/a?b"));
	assert_true(http_span_is(text, head->host, "a:80"));
	assert_int_equal(head->field_count, 5);
	assert_int_equal(head->content_length, 7);
	assert_false(head->keep_alive);
	assert_int_equal(parser.head_bytes, strlen(text) - strlen("next"));
	field = http_head_find(head, text, "X-ONE");
	assert_non_null(field);
	assert_true(http_span_is(text, field->value, "1"));
	assert_null(http_head_find(head, text, "x-on"));
}

static void test_keep_alive(void **state)
{
	static const struct {
		const char *text;
		bool keep;
	} cases[] = {
		{ GET HOST "\r\n", true },
		{ GET HOST "Connection: close\r\n\r\n", false },
		{ GET HOST "Connection: keep-alive, close\r\n\r\n", false },
		{ GET HOST "Connection: closer\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
	};
	struct http_parser parser;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(feed(&parser, cases[i].text, strlen(cases[i].text), 5),
				 HTTP_PARSE_DONE);
		assert_int_equal(parser.head.keep_alive, cases[i].keep);
	}
}

static int status_of_long(const char *begin, size_t fill, size_t step)
{
	size_t len = strlen(begin) + fill;
	char *text = malloc(len);
	struct http_parser parser;
	enum http_parse state;

	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, begin, strlen(begin));
	state = feed(&parser, text, len, step);
	free(text);
	return state == HTTP_PARSE_REFUSED ? parser.status : 0;
}

static void test_limits(void **state)
{
	char text[HEAD_MAX];
	size_t len;
	struct http_parser parser;

	(void)state;
	assert_int_equal(status_of_long("GET /", 16384, 4096), 414);
	assert_int_equal(status_of_long("GET /", 16384, SIZE_MAX / 2), 414);
	assert_int_equal(status_of_long("GET /", 100, SIZE_MAX / 2), 0);
	assert_int_equal(status_of_long(GET "X: ", 65536, 1000), 431);
	assert_int_equal(status_of_long(GET "X: ", 65536, SIZE_MAX / 2), 431);
	len = (size_t)snprintf(text, sizeof(text), GET HOST);
	for (int i = 0; i <= HTTP_FIELDS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "X: %d\r\n", i);
	assert_int_equal(feed(&parser, text, len, SIZE_MAX / 2), HTTP_PARSE_REFUSED);
	assert_int_equal(parser.status, 431);
}

static void test_huge_length_stays_huge(void **state)
{
	static const char text[] = POST "Content-Length: 99999999999999999999999999999999\r\n\r\n";
	struct http_parser parser;

	(void)state;
	assert_int_equal(feed(&parser, text, sizeof(text) - 1, 99), HTTP_PARSE_DONE);
	assert_true(parser.head.content_length > UINT64_C(1) << 55);
}

/* The decoded body, or NULL when it is bad or unfinished. */
static const char *unchunk(const char *text, size_t step, char *out, size_t *taken)
{
	struct http_chunks chunks;
	size_t len = strlen(text), out_len = 0;

	*taken = 0;
	http_chunks_init(&chunks);
	while (*taken < len) {
		size_t part = len - *taken < step ? len - *taken : step;
		enum http_chunk state = http_chunks_feed(&chunks, text + *taken, part, taken);

		if (state == HTTP_CHUNK_DATA) {
			memcpy(out + out_len, chunks.data, chunks.data_len);
			out_len += chunks.data_len;
			out[out_len] = '\0';
		} else if (state != HTTP_CHUNK_MORE) {
			return state == HTTP_CHUNK_DONE ? out : NULL;
		}
	}
	return NULL;
}

static void test_chunks(void **state)
{
	static const struct {
		const char *text, *body;
	} cases[] = {
		{ "0\r\n\r\n", "" },
		{ "5\r\nhello\r\n0\r\n\r\n", "hello" },
		{ "5;a=b\r\nhello\r\n00001\r\n!\r\n0\r\n\r\n", "hello!" },
		{ "A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", "0123456789" },
		{ "5\nhello\r\n0\r\n\r\n", NULL },
		{ "5\r\nhello\n0\r\n\r\n", NULL },
		{ "5\r\nhelloX\r\n0\r\n\r\n", NULL },
		{ "4\r\nhello\r\n0\r\n\r\n", NULL },
		{ " 5\r\nhello\r\n0\r\n\r\n", NULL },
		{ "5 \r\nhello\r\n0\r\n\r\n", NULL },
		{ "+5\r\nhello\r\n0\r\n\r\n", NULL },
		{ "0x5\r\nhello\r\n0\r\n\r\n", NULL },
		{ "\r\n", NULL },
		{ "000000005\r\nhello\r\n0\r\n\r\n", NULL },
		{ "FFFFFFFFF\r\n", NULL },
		{ "5;\x01\r\nhello\r\n0\r\n\r\n", NULL },
		{ "0\r\n folded\r\n\r\n", NULL },
		{ "0\r\nTrailer: x\n\r\n", NULL },
	};
	char out[64] = "";
	size_t taken;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t step = 1; step < 40; step += 13) {
			const char *body = unchunk(cases[i].text, step, out, &taken);

			if ((body == NULL) != (cases[i].body == NULL))
				fail_msg("chunks %zu, step %zu", i, step);
			if (body != NULL) {
				assert_string_equal(body, cases[i].body);
				assert_int_equal(taken, strlen(cases[i].text));
			}
			out[0] = '\0';
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),          cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_what_is_taken), cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_limits),        cmocka_unit_test(test_huge_length_stays_huge),
		cmocka_unit_test(test_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
