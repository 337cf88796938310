/* test_body.c - shared bodies, what clients accept, whose Host and Origin are ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/buf.h"
#include "http/authority.h"
#include "http/body.h"
#include "http/negotiate.h"
#include "http/problem.h"
#include "http/response.h"

static struct http_body *repeated(char byte, size_t len, const char *type)
{
	char *data = malloc(len + 1);

	assert_non_null(data);
	memset(data, byte, len);
	return http_body_create(data, len, type);
}

static void test_gzip_is_made_once(void **state)
{
	struct http_body *body = repeated('a', 5000, "application/json");
	struct http_body *gzip = http_body_gzip(body);
	char plain[6000];
	z_stream stream = { 0 };

	(void)state;
	assert_non_null(gzip);
	assert_ptr_equal(http_body_gzip(body), gzip);
	assert_true(http_body_length(gzip) < 100);
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	stream.next_in = (z_const Bytef *)http_body_data(gzip);
	stream.avail_in = (uInt)http_body_length(gzip);
	stream.next_out = (Bytef *)plain;
	stream.avail_out = sizeof(plain);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.total_out, 5000);
	assert_memory_equal(plain, http_body_data(body), 5000);
	inflateEnd(&stream);
	http_body_release(body);
}

/* The bytes that were given are sent, whatever they are: nothing is compressed again. */
static void test_gzip_made_before(void **state)
{
	static const char plain[] = "short", packed[] = "made by the build";
	struct http_body *body = http_body_static_gzip(
		(struct http_bytes){ plain, 5 }, (struct http_bytes){ packed, 17 }, "text/css");
	struct http_body *other = http_body_static("short", 5, "text/plain");
	char tag[HTTP_TAG_TEXT_MAX], plain_tag[HTTP_TAG_TEXT_MAX];

	(void)state;
	assert_ptr_equal(http_body_data(body), plain);
	assert_ptr_equal(http_body_data(http_body_gzip(body)), packed);
	assert_int_equal(http_body_length(http_body_gzip(body)), 17);
	assert_string_equal(http_body_type(http_body_gzip(body)), "text/css");
	http_body_tag(body, tag);
	http_body_tag(other, plain_tag);
	assert_string_equal(tag, plain_tag);
	http_body_release(body);
	http_body_release(other);
}

static void test_gzip_only_where_it_helps(void **state)
{
	struct http_body *small = repeated('a', 100, "text/plain");
	struct http_body *image = repeated('a', 5000, "image/png");
	struct http_body *noise = repeated('a', 300, "text/plain");

	(void)state;
	for (size_t i = 0; i < 300; i++)
		((char *)(uintptr_t)http_body_data(noise))[i] = (char)(i * i * 31 + i * 7 + i / 3);
	assert_null(http_body_gzip(small));
	assert_null(http_body_gzip(image));
	assert_null(http_body_gzip(noise));
	assert_null(http_body_gzip(noise));
	http_body_release(small);
	http_body_release(image);
	http_body_release(noise);
}

static void test_tags(void **state)
{
	char one[HTTP_TAG_TEXT_MAX], two[HTTP_TAG_TEXT_MAX];

	(void)state;
	for (size_t len = 0; len < 70; len++) {
		struct http_body *a = repeated('a', len, "text/plain");
		struct http_body *b = repeated('a', len, "text/html");
		struct http_body *longer = repeated('a', len + 1, "text/plain");

		http_body_tag(a, one);
		http_body_tag(b, two);
		assert_string_equal(one, two);
		assert_int_equal(strlen(one), 16);
		http_body_tag(longer, two);
		assert_string_not_equal(one, two);
		http_body_release(a);
		http_body_release(b);
		http_body_release(longer);
	}
}

static void test_every_byte_counts_for_the_tag(void **state)
{
	char data[40] = { 0 }, first[HTTP_TAG_TEXT_MAX], other[HTTP_TAG_TEXT_MAX];
	struct http_body *body = http_body_copy(data, sizeof(data), "text/plain");

	(void)state;
	http_body_tag(body, first);
	http_body_release(body);
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = 1;
		body = http_body_copy(data, sizeof(data), "text/plain");
		http_body_tag(body, other);
		assert_string_not_equal(first, other);
		http_body_release(body);
		data[i] = 0;
	}
}

static void test_references(void **state)
{
	struct http_body *body = repeated('a', 5000, "text/plain");

	(void)state;
	assert_ptr_equal(http_body_retain(body), body);
	assert_non_null(http_body_gzip(body));
	http_body_release(body);
	assert_int_equal(http_body_data(body)[4999], 'a');
	http_body_release(body);
	http_body_release(NULL);
}

static void test_large_bodies_get_a_file_when_sent_again(void **state)
{
	struct http_body *small = repeated('a', 1000, "text/plain");
	struct http_body *large = repeated('b', 100000, "text/plain");
	char bytes[16];
	int file;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(http_body_file(small) < 0);
	assert_true(http_body_file(large) < 0);
	file = http_body_file(large);
	assert_true(file >= 0);
	assert_int_equal(http_body_file(large), file);
	assert_int_equal(lseek(file, 0, SEEK_END), 100000);
	assert_int_equal(pread(file, bytes, sizeof(bytes), 100000 - 3), 3);
	assert_memory_equal(bytes, "bbb", 3);
	http_body_release(small);
	http_body_release(large);
	assert_int_equal(lseek(file, 0, SEEK_END), -1);
}

static void test_accept_encoding(void **state)
{
	static const struct {
		const char *value;
		bool gzip;
	} rows[] = {
		{ "gzip", true },
		{ "GZIP", true },
		{ "x-gzip", true },
		{ "deflate, gzip;q=1.0, *;q=0.5", true },
		{ "*", true },
		{ "br, *;q=0.1", true },
		{ "gzip;q=0.5", true },
		{ "gzip ; q=0.001", true },
		{ "gzip;q=0", false },
		{ "gzip;q=0.000", false },
		{ "*;q=0", false },
		{ "gzip;q=0, *", false },
		{ "identity", false },
		{ "", false },
		{ "br", false },
		{ "identity;q=1, gzip;q=0.5", false },
		{ "identity;q=0.5, gzip;q=0.5", true },
		{ "gzip;q=abc", false },
		{ "gzip;q=-1", false },
		{ "gzip;q=2", false },
		{ "gzip;q=1.5", false },
		{ "gzipped", false },
		{ ",,gzip,,", true },
		{ ";;;,=,;q=", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (http_accepts_gzip(rows[i].value, strlen(rows[i].value)) != rows[i].gzip)
			fail_msg("%s", rows[i].value);
	}
}

static void test_if_none_match(void **state)
{
	static const struct {
		const char *value;
		bool has;
	} rows[] = {
		{ "\"abc\"", true },
		{ "W/\"abc\"", true },
		{ "\"x\", \"abc\"", true },
		{ "*", true },
		{ "abc", false },
		{ "\"abcd\"", false },
		{ "\"abc", false },
		{ "\"", false },
		{ "", false },
		{ "\"abc-gzip\"", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (http_none_match_has(rows[i].value, strlen(rows[i].value), "abc") != rows[i].has)
			fail_msg("%s", rows[i].value);
	}
}

static bool allowed(const struct http_authorities *authorities, const char *host)
{
	return http_authority_is_allowed(authorities, host, strlen(host));
}

static void test_hosts(void **state)
{
	static const char *const names[] = { "mon.example", "other.example:8443", NULL };
	struct http_authorities *authorities = http_authorities_create(names);

	(void)state;
	http_authorities_listen(authorities, "10.1.2.3:8090");
	assert_true(allowed(authorities, "localhost"));
	assert_true(allowed(authorities, "LocalHost:1234"));
	assert_true(allowed(authorities, "127.0.0.1:8090"));
	assert_true(allowed(authorities, "[::1]:8090"));
	assert_true(allowed(authorities, "10.1.2.3"));
	assert_true(allowed(authorities, "MON.example:99"));
	assert_true(allowed(authorities, "other.example:8443"));
	assert_false(allowed(authorities, "other.example"));
	assert_false(allowed(authorities, "evil.example"));
	assert_false(allowed(authorities, "localhost.evil.example"));
	assert_false(allowed(authorities, "mon.example.evil"));
	assert_false(allowed(authorities, "10.1.2.4"));
	assert_false(allowed(authorities, ""));
	assert_false(allowed(authorities, "["));
	http_authorities_listen(authorities, "0.0.0.0:8090");
	assert_true(allowed(authorities, "10.1.2.4:80"));
	assert_true(allowed(authorities, "[fe80::1]"));
	assert_false(allowed(authorities, "10.1.2.4.evil.example"));
	assert_false(allowed(authorities, "[fe80::1"));
	http_authorities_destroy(authorities);
}

static bool own(const struct http_authorities *authorities, const char *origin, const char *host)
{
	return http_origin_is_own(authorities, origin, strlen(origin), host, strlen(host));
}

static void test_origins(void **state)
{
	static const char *const names[] = { "mon.example", NULL };
	struct http_authorities *authorities = http_authorities_create(names);

	(void)state;
	assert_true(own(authorities, "http://localhost:8090", "localhost:8090"));
	assert_true(own(authorities, "https://mon.example", "127.0.0.1:8090"));
	assert_false(own(authorities, "http://localhost:3000", "localhost:8090"));
	assert_false(own(authorities, "http://evil.example", "localhost:8090"));
	assert_false(own(authorities, "null", "localhost:8090"));
	assert_false(own(authorities, "null", ""));
	assert_false(own(authorities, "", ""));
	assert_false(own(authorities, "http://mon.example:81", "localhost:8090"));
	http_authorities_destroy(authorities);
}

static void test_response_text(void **state)
{
	char date[HTTP_DATE_TEXT_MAX];
	struct bw_buf buf;
	struct http_body *problem = http_problem_create(404, "no \"x\"\n");

	(void)state;
	http_date_format((struct bw_wall){ INT64_C(784111777) * BW_SECOND_US }, date);
	assert_string_equal(date, "Sun, 06 Nov 1994 08:49:37 GMT");
	bw_buf_init(&buf, 0);
	http_head_field(&buf, "X", "a\r\nSet-Cookie: b\x7f");
	assert_string_equal(buf.data, "X: a  Set-Cookie: b \r\n");
	bw_buf_clear(&buf);
	http_head_allow(&buf, 1u << HTTP_GET | 1u << HTTP_DELETE);
	assert_string_equal(buf.data, "Allow: GET, HEAD, DELETE, OPTIONS\r\n");
	bw_buf_finish(&buf);
	assert_string_equal(http_status_text(299), "Unknown");
	assert_string_equal(http_body_data(problem),
			    "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
			    "\"detail\":\"no \\\"x\\\"\\n\"}");
	http_body_release(problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip_is_made_once),
		cmocka_unit_test(test_gzip_made_before),
		cmocka_unit_test(test_gzip_only_where_it_helps),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_every_byte_counts_for_the_tag),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_large_bodies_get_a_file_when_sent_again),
		cmocka_unit_test(test_accept_encoding),
		cmocka_unit_test(test_if_none_match),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_response_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
