/* fetch_case.c - the parts that all tests of the HTTP client share. */
#include "unit/io/fetch_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/io/turn.h"

int request_set_up(void **state)
{
	struct request *request = calloc(1, sizeof(*request));

	request->loop = io_loop_create();
	*state = request;
	return 0;
}

int request_tear_down(void **state)
{
	struct request *request = *state;

	io_fetch_stop(request->fetch);
	io_loop_destroy(request->loop);
	free(request);
	return 0;
}

void request_ended(void *arg, const struct io_fetch_result *result)
{
	struct request *request = arg;

	request->calls++;
	request->result = *result;
	snprintf(request->headers, sizeof(request->headers), "%.*s", (int)result->headers_len,
		 result->headers);
	snprintf(request->body, sizeof(request->body), "%.*s", (int)result->body_len, result->body);
	if (request->stop_in_callback) {
		io_fetch_stop(request->fetch);
		request->fetch = NULL;
	}
	turn_done(request->loop);
}

void request_fetch(struct request *request, const struct io_fetch_options *options)
{
	struct bw_error err;

	io_fetch_stop(request->fetch);
	request->calls = 0;
	if (io_fetch_start(request->loop, options, request_ended, request, &request->fetch, &err) !=
	    BW_OK)
		fail_msg("%s", err.text);
	assert_int_equal(request->calls, 0);
	assert_true(turn_until_done(request->loop));
	assert_int_equal(request->calls, 1);
}

void serve_script(int fd, void *arg)
{
	struct script *script = arg;
	char answer[TEXT_MAX];

	peer_read_until(fd, "\r\n\r\n", script->asked, sizeof(script->asked));
	snprintf(answer, sizeof(answer), "HTTP/1.1 302 Found\r\nLocation: %s\r\n\r\ngone",
		 script->location);
	if (script->location)
		peer_send(fd, answer);
	else if (script->answer)
		peer_send(fd, script->answer);
}

const char *url_of(const struct peer *peer)
{
	static char url[URL_MAX];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", peer_port(peer));
	return url;
}

void request_fetch_from(struct request *request, const struct peer *peer)
{
	const struct io_fetch_options options = { .url = url_of(peer), .max_body_bytes = 1000 };

	request_fetch(request, &options);
}

void request_expect_error(struct request *request, enum io_failure failure, const char *text)
{
	if (!strstr(request->result.error.text, text))
		fail_msg("'%s' is not in '%s'", text, request->result.error.text);
	assert_int_equal(request->result.error.failure, failure);
}
