/* test_post.c - what an HTTP answer means for a message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/retry_after.h"
#include "notify/post.h"

/* 1994-11-06T08:49:00Z */
#define NOW_US INT64_C(784111740000000)

static struct post_answer answer_to(int status, const char *headers, const char *body)
{
	struct io_fetch_result result = {
		.status = status,
		.headers = headers,
		.headers_len = strlen(headers),
		.body = body,
		.body_len = strlen(body),
	};
	struct post_answer answer;

	post_read(&result, (struct bw_wall){ NOW_US }, &answer);
	return answer;
}

static void every_status_has_an_outcome(void **state)
{
	(void)state;
	for (int status = 100; status < 600; status++) {
		enum channel_outcome wanted = CHANNEL_REFUSED;

		if (status >= 200 && status < 300)
			wanted = CHANNEL_SENT;
		else if (status == 408 || status == 425 || status == 429 || status >= 500)
			wanted = CHANNEL_RETRY;
		assert_int_equal(answer_to(status, "", "").outcome, wanted);
	}
}

static void trouble_with_the_connection_is_tried_again(void **state)
{
	(void)state;
	for (int failure = IO_REFUSED; failure <= IO_BAD_REQUEST; failure++) {
		struct io_fetch_result result = { .error = { .failure = (enum io_failure)failure,
							     .text = "what happened" } };
		struct post_answer answer;

		post_read(&result, (struct bw_wall){ NOW_US }, &answer);
		assert_int_equal(answer.outcome, CHANNEL_RETRY);
		assert_int_equal(answer.retry_us, 0);
		assert_string_equal(answer.text, "what happened");
	}
}

static void who_says_when_is_asked_again_then(void **state)
{
	static const struct {
		int status;
		const char *headers, *body;
		int64_t retry_us;
	} rows[] = {
		{ 429, "Retry-After: 30", "", 30 * BW_SECOND_US },
		{ 429, "Date: now\r\nretry-after:\t5 ", "", 0 },
		{ 429, "Date: now\r\nretry-after:\t5\r\nX: y", "", 5 * BW_SECOND_US },
		{ 503, "Retry-After: 1.5", "", 1500000 },
		{ 503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", "", 37 * BW_SECOND_US },
		{ 503, "Retry-After: Sun, 06 Nov 1994 08:48:00 GMT", "", 0 },
		{ 503, "Retry-After: Sun, 06 Nov 2994 08:48:00 GMT", "", IO_RETRY_MAX_US },
		{ 503, "Retry-After: Sun, 06 Xyz 1994 08:49:37 GMT", "", 0 },
		{ 503, "Retry-After: Sun, 66 Nov 1994 08:49:37 GMT", "", 0 },
		{ 429, "Retry-After: 99999999999999999999", "", IO_RETRY_MAX_US },
		{ 429, "Retry-After: -5", "", 0 },
		{ 429, "Retry-After: 5 minutes", "", 0 },
		{ 429, "Retry-After: nan", "", 0 },
		{ 429, "Retry-After:", "", 0 },
		{ 429, "X-Retry-After: 5", "", 0 },
		{ 429, "", "{\"message\": \"slow down\", \"retry_after\": 0.65}", 650000 },
		{ 429, "", "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":7}}",
		  7 * BW_SECOND_US },
		{ 429, "Retry-After: 3", "{\"retry_after\": 9}", 3 * BW_SECOND_US },
		{ 429, "", "{\"retry_after\": \"9\"}", 0 },
		{ 429, "", "{\"retry_after\": 1e300}", IO_RETRY_MAX_US },
		{ 429, "", "[1, 2]", 0 },
		{ 404, "Retry-After: 30", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(answer_to(rows[i].status, rows[i].headers, rows[i].body).retry_us,
				 rows[i].retry_us);
}

static void the_answer_explains_itself(void **state)
{
	static const struct {
		int status;
		const char *body, *text;
	} rows[] = {
		{ 200, "ok", "HTTP 200" },
		{ 204, "", "HTTP 204" },
		{ 404, "no_service\n", "HTTP 404: no_service" },
		{ 403, "two\r\nlines\x1b[31m", "HTTP 403: two  lines [31m" },
		{ 400, "{\"ok\":false,\"description\":\"chat not found\"}",
		  "HTTP 400: chat not found" },
		{ 400, "{\"message\":\"Event object is invalid\",\"errors\":[\"no routing_key\"]}",
		  "HTTP 400: Event object is invalid: no routing_key" },
		{ 400, "{\"errors\":[\"alone\"]}", "HTTP 400: alone" },
		{ 400, "\"start time must be before end time\"",
		  "HTTP 400: start time must be before end time" },
		{ 400, "{\"error\":{\"nested\":1}}", "HTTP 400" },
		{ 502, "  <html><h1>Bad gateway</h1></html>", "HTTP 502" },
		{ 500, "", "HTTP 500" },
		{ 301, "moved to https://secret.example/",
		  "HTTP 301: redirected; the configuration needs the final address" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(answer_to(rows[i].status, "", rows[i].body).text, rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_an_outcome),
		cmocka_unit_test(trouble_with_the_connection_is_tried_again),
		cmocka_unit_test(who_says_when_is_asked_again_then),
		cmocka_unit_test(the_answer_explains_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
