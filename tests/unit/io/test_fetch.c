/* HTTP against peers that behave, and against those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "unit/io/fetch_case.h"
#include "unit/io/turn.h"

static void good_answer(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
					   "X-A: b\r\n\r\nhello" };
	struct peer *peer = peer_start(serve_script, &script);
	char address[64];

	request->stop_in_callback = true;
	request_fetch_from(request, peer);
	assert_int_equal(request->result.error.failure, IO_OK);
	assert_int_equal(request->result.status, 200);
	assert_string_equal(request->body, "hello");
	assert_string_equal(request->headers, "Content-Length: 5\r\nX-A: b");
	assert_string_equal(request->result.http_version, "1.1");
	snprintf(address, sizeof(address), "127.0.0.1:%d", peer_port(peer));
	assert_string_equal(request->result.peer, address);
	assert_false(request->result.cut);
	assert_false(request->result.certificate.present);
	assert_int_equal(request->result.resolved_us, 0);
	assert_true(request->result.connected_us > 0);
	assert_true(request->result.first_byte_us >= request->result.connected_us);
	assert_true(request->result.total_us >= request->result.first_byte_us);
	assert_non_null(strstr(script.asked, "GET / HTTP/1.1\r\n"));
	assert_non_null(strstr(script.asked, "User-Agent: bellwether/"));
	assert_non_null(strstr(script.asked, "Accept-Encoding: deflate, gzip"));
	peer_stop(peer);
}

static void an_error_status_is_an_answer(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.0 503 No\r\n\r\nsorry" };
	struct peer *peer = peer_start(serve_script, &script);

	request_fetch_from(request, peer);
	assert_int_equal(request->result.error.failure, IO_OK);
	assert_int_equal(request->result.status, 503);
	assert_string_equal(request->body, "sorry");
	assert_string_equal(request->result.http_version, "1.0");
	peer_stop(peer);
}

static void options_reach_the_peer(void **state)
{
	static const char *const headers[] = { "X-One: 1", "Content-Type: text/x", NULL };
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 204 Done\r\n\r\n" };
	struct peer *peer = peer_start(serve_script, &script);
	const struct io_fetch_options options = {
		.url = url_of(peer),
		.method = "PUT",
		.headers = headers,
		.body = "data",
		.body_len = 4,
		.user = "me",
		.password = "pw",
		.user_agent = "tester",
	};

	request_fetch(request, &options);
	assert_int_equal(request->result.status, 204);
	assert_non_null(strstr(script.asked, "PUT / HTTP/1.1\r\n"));
	assert_non_null(strstr(script.asked, "X-One: 1\r\n"));
	assert_non_null(strstr(script.asked, "Content-Type: text/x\r\n"));
	assert_non_null(strstr(script.asked, "Content-Length: 4\r\n"));
	assert_non_null(strstr(script.asked, "Authorization: Basic bWU6cHc=\r\n"));
	assert_non_null(strstr(script.asked, "User-Agent: tester\r\n"));
	peer_stop(peer);
}

static void head_and_bearer(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" };
	struct peer *peer = peer_start(serve_script, &script);
	const struct io_fetch_options options = { .url = url_of(peer),
						  .method = "HEAD",
						  .bearer = "token" };

	request_fetch(request, &options);
	assert_int_equal(request->result.error.failure, IO_OK);
	assert_non_null(strstr(script.asked, "HEAD / HTTP/1.1\r\n"));
	assert_non_null(strstr(script.asked, "Authorization: Bearer token\r\n"));
	peer_stop(peer);
}

static void over_a_unix_socket(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 200 OK\r\n\r\nhi" };
	char folder[] = "/tmp/bw-fetch-XXXXXX", path[64];
	struct peer *peer;
	struct io_fetch_options options = { .url = "http://some.name/x",
					    .unix_path = path,
					    .max_body_bytes = 10 };

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	peer = peer_start_path(path, serve_script, &script);
	request_fetch(request, &options);
	assert_int_equal(request->result.error.failure, IO_OK);
	assert_string_equal(request->body, "hi");
	assert_string_equal(request->result.peer, path);
	assert_non_null(strstr(script.asked, "Host: some.name\r\n"));
	peer_stop(peer);
	unlink(path);
	request_fetch(request, &options);
	request_expect_error(request, IO_REFUSED, "there is no socket /tmp/bw-fetch-");
	rmdir(folder);
}

static void refused(void **state)
{
	struct request *request = *state;
	char url[URL_MAX], text[URL_MAX];
	const struct io_fetch_options options = { .url = url };
	int port = peer_unused_port();

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	snprintf(text, sizeof(text), "connection refused by 127.0.0.1:%d", port);
	request_fetch(request, &options);
	request_expect_error(request, IO_REFUSED, text);
	assert_int_equal(request->result.status, 0);
}

static void no_descriptors_is_our_fault(void **state)
{
	struct request *request = *state;
	const struct io_fetch_options options = { .url = "http://127.0.0.1:1/" };
	struct rlimit before, none;

	getrlimit(RLIMIT_NOFILE, &before);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
	assert_int_equal(io_fetch_start(request->loop, &options, request_ended, request,
					&request->fetch, NULL),
			 BW_OK);
	setrlimit(RLIMIT_NOFILE, &none);
	assert_true(turn_until_done(request->loop));
	setrlimit(RLIMIT_NOFILE, &before);
	request_expect_error(request, IO_NO_RESOURCES, "no file descriptors left");
}

struct bad_peer {
	const char *answer; /* NULL: hangs up */
	enum io_failure failure;
	const char *text;
};

static const struct bad_peer bad_peers[] = {
	{ NULL, IO_CLOSED, "closed the connection without an answer" },
	{ "\x15\x03\x01garbage\r\n\r\n", IO_PROTOCOL, "did not answer with HTTP" },
	{ "SSH-2.0-OpenSSH_9.2\r\n", IO_PROTOCOL, "did not answer with HTTP" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", IO_CLOSED,
	  "closed the connection in the middle of the body" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", IO_CLOSED,
	  "closed the connection" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", IO_PROTOCOL,
	  "broken chunked body" },
	{ "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", IO_PROTOCOL,
	  "cannot be read" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", IO_PROTOCOL, "cannot be read" },
	{ "HTTP/1.1 abc OK\r\n\r\n", IO_PROTOCOL, "" },
};

static void bad_answers_have_their_class(void **state)
{
	struct request *request = *state;

	for (size_t i = 0; i < sizeof(bad_peers) / sizeof(bad_peers[0]); i++) {
		struct script script = { .answer = bad_peers[i].answer };
		struct peer *peer = peer_start(serve_script, &script);

		request_fetch_from(request, peer);
		request_expect_error(request, bad_peers[i].failure, bad_peers[i].text);
		peer_stop(peer);
	}
}

static void serve_reset(int fd, void *arg)
{
	char asked[TEXT_MAX];

	(void)arg;
	peer_read_until(fd, "\r\n\r\n", asked, sizeof(asked));
	peer_reset(fd);
}

static void reset_by_peer(void **state)
{
	struct peer *peer = peer_start(serve_reset, NULL);

	request_fetch_from(*state, peer);
	request_expect_error(*state, IO_RESET, "connection reset by 127.0.0.1:");
	peer_stop(peer);
}

static void serve_endless_headers(int fd, void *arg)
{
	char asked[TEXT_MAX];
	const bool *one_line = arg;

	peer_read_until(fd, "\r\n\r\n", asked, sizeof(asked));
	peer_send(fd, "HTTP/1.1 200 OK\r\nX: ");
	for (int i = 0; i < 100000; i++)
		peer_send(fd, *one_line ? "0123456789" : "0123456789\r\nX: ");
}

static void endless_headers_are_cut(void **state)
{
	for (int i = 0; i < 2; i++) {
		bool one_line = i == 1;
		struct peer *peer = peer_start(serve_endless_headers, &one_line);

		request_fetch_from(*state, peer);
		request_expect_error(*state, IO_TOO_LARGE, "sent more than 64 KiB of headers");
		peer_stop(peer);
	}
}

static void serve_gigabyte(int fd, void *arg)
{
	char data[64 * 1024];
	char asked[TEXT_MAX];

	peer_read_until(fd, "\r\n\r\n", asked, sizeof(asked));
	memset(data, 'x', sizeof(data) - 1);
	data[sizeof(data) - 1] = '\0';
	peer_send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
	for (int i = 0; i < 16384; i++)
		peer_send(fd, data);
	(void)arg;
}

static void a_gigabyte_is_cut(void **state)
{
	struct request *request = *state;
	struct peer *peer = peer_start(serve_gigabyte, NULL);
	struct io_fetch_options options = { .url = url_of(peer), .max_body_bytes = 1000 };
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	request_fetch(request, &options);
	assert_int_equal(request->result.error.failure, IO_OK);
	assert_int_equal(request->result.status, 200);
	assert_true(request->result.cut);
	assert_int_equal(request->result.body_len, 1000);
	options.max_body_bytes = 0;
	request_fetch(request, &options);
	assert_int_equal(request->result.error.failure, IO_OK);
	assert_true(request->result.cut);
	assert_int_equal(request->result.body_len, 0);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 16 * 1024);
	peer_stop(peer);
}

/* 64 MB of zeros in 64 KB. */
static void serve_bomb(int fd, void *arg)
{
	static unsigned char zeros[1 << 16], packed[1 << 17];
	char asked[TEXT_MAX];
	z_stream gzip = { .next_out = packed, .avail_out = sizeof(packed) };

	(void)arg;
	peer_read_until(fd, "\r\n\r\n", asked, sizeof(asked));
	peer_send(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n");
	deflateInit2(&gzip, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
	for (int i = 1; i <= 1024; i++) {
		gzip.next_in = zeros;
		gzip.avail_in = sizeof(zeros);
		deflate(&gzip, i == 1024 ? Z_FINISH : Z_NO_FLUSH);
	}
	send(fd, packed, gzip.total_out, MSG_NOSIGNAL);
	deflateEnd(&gzip);
}

static void a_bomb_is_cut(void **state)
{
	struct request *request = *state;
	struct peer *peer = peer_start(serve_bomb, NULL);
	struct io_fetch_options options = { .url = url_of(peer), .max_body_bytes = 100000 };
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	request_fetch(request, &options);
	getrusage(RUSAGE_SELF, &after);
	assert_string_equal(request->result.error.text, "");
	assert_true(request->result.cut);
	assert_int_equal(request->result.body_len, 100000);
	assert_true(after.ru_maxrss - before.ru_maxrss < 16 * 1024);
	peer_stop(peer);
}

static void a_body_that_fits_exactly_is_not_cut(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" };
	struct peer *peer = peer_start(serve_script, &script);
	const struct io_fetch_options options = { .url = url_of(peer), .max_body_bytes = 5 };

	request_fetch(request, &options);
	assert_false(request->result.cut);
	assert_string_equal(request->body, "hello");
	peer_stop(peer);
}

static void serve_silence(int fd, void *arg)
{
	(void)arg;
	peer_wait_for_close(fd);
}

static void a_silent_peer_can_be_stopped(void **state)
{
	struct request *request = *state;
	struct peer *peer = peer_start(serve_silence, NULL);
	const struct io_fetch_options options = { .url = url_of(peer) };

	for (int i = 0; i < 10; i++) {
		assert_int_equal(io_fetch_start(request->loop, &options, request_ended, request,
						&request->fetch, NULL),
				 BW_OK);
		if (i % 2)
			turn_once(request->loop);
		io_fetch_stop(request->fetch);
		request->fetch = NULL;
	}
	turn_once(request->loop);
	assert_int_equal(request->calls, 0);
	peer_stop(peer);
}

static void bad_requests_are_refused(void **state)
{
	static const struct io_fetch_options bad[] = {
		{ .url = NULL },
		{ .url = "" },
		{ .url = "127.0.0.1" },
		{ .url = "http://" },
		{ .url = "file:///etc/passwd" },
		{ .url = "ftp://127.0.0.1/" },
		{ .url = "http://a b/" },
		{ .url = "http://127.0.0.1:99999/" },
		{ .url = "http://127.0.0.1/", .proxy = "ftp://127.0.0.1" },
		{ .url = "http://127.0.0.1/", .proxy = "nonsense" },
		{ .url = "https://127.0.0.1/", .tls = { .ca_file = "/no/such/file" } },
	};
	struct request *request = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bw_error err = { "" };

		if (io_fetch_start(request->loop, &bad[i], request_ended, request, &request->fetch,
				   &err) != BW_EINVAL)
			fail_msg("accepted: %s", bad[i].url);
		assert_true(strlen(err.text) > 0);
	}
	turn_once(request->loop);
	assert_int_equal(request->calls, 0);
	assert_null(request->fetch);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, request_set_up, request_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(good_answer),
		ROW(an_error_status_is_an_answer),
		ROW(options_reach_the_peer),
		ROW(head_and_bearer),
		ROW(over_a_unix_socket),
		ROW(refused),
		ROW(no_descriptors_is_our_fault),
		ROW(bad_answers_have_their_class),
		ROW(reset_by_peer),
		ROW(endless_headers_are_cut),
		ROW(a_gigabyte_is_cut),
		ROW(a_bomb_is_cut),
		ROW(a_body_that_fits_exactly_is_not_cut),
		ROW(a_silent_peer_can_be_stopped),
		ROW(bad_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
