/* fetch_case.h - one request of a test and what came of it; peers that answer from a script. */
#ifndef BW_TESTS_IO_FETCH_CASE_H
#define BW_TESTS_IO_FETCH_CASE_H

#include <stdbool.h>

#include "io/fetch.h"
#include "unit/io/peer.h"

enum { URL_MAX = 128, TEXT_MAX = 4096 };

struct request {
	struct io_loop *loop;
	struct io_fetch *fetch;
	bool stop_in_callback;
	int calls;
	struct io_fetch_result result;
	char headers[TEXT_MAX], body[TEXT_MAX];
};

/* What a peer answers and what it was asked. */
struct script {
	const char *answer;   /* NULL: hangs up */
	const char *location; /* a redirect to there instead */
	char asked[TEXT_MAX];
};

/* cmocka's setup and teardown: *state is a struct request with its loop. */
int request_set_up(void **state);
int request_tear_down(void **state);
/* For io_fetch_start(): fills the request and ends the turn. */
void request_ended(void *arg, const struct io_fetch_result *result);
/* Starts, waits for the result; whatever the request had before is stopped. */
void request_fetch(struct request *request, const struct io_fetch_options *options);
/* GET of "/", 1,000 bytes at most. */
void request_fetch_from(struct request *request, const struct peer *peer);
void request_expect_error(struct request *request, enum io_failure failure, const char *text);
/* "http://127.0.0.1:port/"; static. */
const char *url_of(const struct peer *peer);
/* arg is a struct script. */
void serve_script(int fd, void *arg);

#endif
