/* fuzz_kinds.c - any bytes from a peer, for every kind that speaks over a stream.
 *
 * The first byte chooses the kind, the second how the bytes arrive and how the connection ends. The
 * checks are made once and used again and again, as the daemon does: what a run leaves behind in
 * its check is found too.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/assert.h"
#include "base/buf.h"
#include "checks/kinds.h"
#include "support/fake_io.h"
#include "support/kind_case.h"

static const struct {
	const char *kind, *settings;
} rows[] = {
	{ "http", "{ url: 'http://127.0.0.1/', redirects: 0,"
		  "  expect: { status: [1xx, 2xx, 3xx, 4xx, 5xx], headers: { Server: '/^a.*z$/' },"
		  "            body: ['.a[0].b == 1', '/x(y|z)+\\d/i', text] } }" },
	{ "http", "{ url: 'http://127.0.0.1/', expect: { body: 'jq [.. | numbers] | add > 3' } }" },
	{ "redis", "{ url: 'redis://u:p@127.0.0.1/3' }" },
	{ "redis", "{ url: 'redis://127.0.0.1', role: replica, max_memory_percent: 50, max_lag: 1s,"
		   "  min_replicas: 1, link_up: true }" },
	{ "tcp", "{ host: 127.0.0.1, port: 25, send: 'x\\r\\n', expect: '/^2\\d\\d (a+)+$/m' }" },
	{ "tls", "{ host: 127.0.0.1, starttls: smtp }" },
	{ "tls", "{ host: 127.0.0.1, starttls: imap }" },
	{ "tls", "{ host: 127.0.0.1, starttls: postgres }" },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static struct io_loop *loop;
static struct kind_case *cases[ROWS];

/* libjq keeps its stack by a pointer behind its end, which looks like a leak while it lives. */
static void tear_down(void)
{
	for (size_t i = 0; i < ROWS; i++)
		kind_case_destroy(cases[i]);
	io_loop_destroy(loop);
}

static void set_up(void)
{
	bw_assert(atexit(tear_down) == 0);
	loop = io_loop_create();
	for (size_t i = 0; i < ROWS; i++) {
		cases[i] = kind_case_create(loop, check_kind_find(rows[i].kind), rows[i].settings);
		bw_assert(cases[i]->check != NULL);
	}
}

static void set_peer(uint8_t manner, const uint8_t *data, size_t len)
{
	static const enum fake_action ends[] = { FAKE_END, FAKE_RESET, FAKE_WAIT, FAKE_END };
	struct fake_step steps[2] = {
		{ .action = FAKE_SEND, .bytes = (const char *)data, .len = len },
		{ .action = ends[manner & 3], .us = 1 }
	};
	struct fake_peer peer = { .steps = steps, .step_count = 2, .piece = (manner >> 2) & 7 };

	fake_peers_forget(loop);
	fake_peer_set(loop, NULL, &peer);
}

static void result_is_presentable(const struct check_result *result)
{
	struct bw_buf text;
	json_t *details;

	for (const char *c = result->error; *c; c++)
		bw_assert((unsigned char)*c >= 0x20 && *c != 0x7f);
	details = json_string(result->error);
	bw_assert(details != NULL);
	json_decref(details);
	bw_buf_init(&text, 0);
	bw_buf_format(&text, "{%s}", result->details);
	details = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	bw_assert(details != NULL);
	json_decref(details);
	bw_buf_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kind_case *chosen;

	if (size < 2)
		return 0;
	if (!loop)
		set_up();
	chosen = cases[data[0] % ROWS];
	set_peer(data[1], data + 2, size - 2);
	chosen->results = 0;
	kind_case_start(chosen);
	fake_advance(loop, 2 * chosen->common.timeout_us);
	bw_assert(chosen->results == 1);
	result_is_presentable(&chosen->result);
	return 0;
}
