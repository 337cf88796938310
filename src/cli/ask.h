/* ask.h - one question to a running daemon.
 *
 * Threads: main's; a loop of its own runs meanwhile.
 */
#ifndef BW_CLI_ASK_H
#define BW_CLI_ASK_H

#include "base/buf.h"

/* What `status` asks without --url. */
#define CLI_STANDARD_URL "http://127.0.0.1:8090"

/* Appends the answer's body. `url` is http://..., https://... or unix:/path; `path` begins with a
 * slash. EX_OK; else said why: EX_USAGE for a URL that is none, EX_UNAVAILABLE without an answer,
 * EX_PROTOCOL for one that is not 200. */
int cli_ask(const char *url, const char *path, struct bw_buf *body);

struct cli_request {
	const char *method, *path;
	const char *json; /* the body; NULL: none */
};

/* The same with any method, and any HTTP status is an answer. */
int cli_ask_for(const char *url, const struct cli_request *request, struct bw_buf *body,
		int *http_status);

#endif
