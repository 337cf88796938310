/* ask.c - a loop for one fetch, and a timer for its patience. */
#include "cli/ask.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/time.h"
#include "cli/print.h"
#include "io/fetch.h"
#include "io/loop.h"

#define PATIENCE_US (10 * BW_SECOND_US)

enum { BODY_MAX = 64 << 20 };

struct question {
	struct io_loop *loop;
	struct bw_buf *body;
	const char *url;
	int status, http_status;
};

static void take_answer(void *arg, const struct io_fetch_result *result)
{
	struct question *question = arg;

	question->status = EX_OK;
	if (result->error.failure != IO_OK) {
		cli_fail("%s does not answer: %s; start `bellwether serve`, or name another with "
			 "--url",
			 question->url, result->error.text);
		question->status = EX_UNAVAILABLE;
	} else if (result->cut) {
		cli_fail("%s answers with more than 64 MiB; that is no dashboard", question->url);
		question->status = EX_PROTOCOL;
	} else {
		question->http_status = result->status;
		bw_buf_append(question->body, result->body, result->body_len);
	}
	io_loop_stop(question->loop);
}

static void lose_patience(void *arg)
{
	struct question *question = arg;

	cli_fail("%s has not answered for 10 s; look at its log", question->url);
	question->status = EX_UNAVAILABLE;
	io_loop_stop(question->loop);
}

static void fetch(struct question *question, const struct io_fetch_options *options)
{
	struct io_timer *patience = io_timer_create(question->loop, lose_patience, question);
	struct io_fetch *running = NULL;
	struct bw_error err;

	if (io_fetch_start(question->loop, options, take_answer, question, &running, &err) ==
	    BW_OK) {
		io_timer_start(patience, PATIENCE_US);
		io_loop_run(question->loop);
		io_fetch_stop(running);
	} else {
		cli_fail("%s cannot be asked: %s; write --url=http://ADDRESS:PORT or unix:/PATH",
			 question->url, err.text);
		question->status = EX_USAGE;
	}
	io_timer_destroy(patience);
}

int cli_ask_for(const char *url, const struct cli_request *request, struct bw_buf *body,
		int *http_status)
{
	static const char *const json_headers[] = { "Content-Type: application/json", NULL };
	bool is_unix = strncmp(url, "unix:", 5) == 0;
	struct question question = { .body = body, .url = url };
	struct io_fetch_options options = {
		.method = request->method,
		.headers = request->json ? json_headers : NULL,
		.body = request->json,
		.body_len = request->json ? strlen(request->json) : 0,
		.unix_path = is_unix ? url + 5 : NULL,
		.max_body_bytes = BODY_MAX,
		.tls = { .verify = true },
	};
	size_t len = strlen(url);
	struct bw_buf full;

	if (!is_unix && strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
		cli_fail("`%s` is no URL; write --url=http://ADDRESS:PORT or unix:/PATH", url);
		return EX_USAGE;
	}
	while (len > 0 && url[len - 1] == '/')
		len--;
	bw_buf_init(&full, 0);
	bw_buf_format(&full, "%.*s%s", is_unix ? 16 : (int)len, is_unix ? "http://localhost" : url,
		      request->path);
	options.url = full.data;
	question.loop = io_loop_create();
	fetch(&question, &options);
	io_loop_destroy(question.loop);
	bw_buf_finish(&full);
	*http_status = question.http_status;
	return question.status;
}

int cli_ask(const char *url, const char *path, struct bw_buf *body)
{
	const struct cli_request request = { .method = "GET", .path = path };
	int http_status = 0, status = cli_ask_for(url, &request, body, &http_status);

	if (status != EX_OK || http_status == 200)
		return status;
	cli_fail("%s answers with HTTP status %d; name a daemon with --url", url, http_status);
	return EX_PROTOCOL;
}
