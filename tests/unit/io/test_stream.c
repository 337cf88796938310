/* A connection with every kind of peer: good, absent, silent, cutting, garbage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/stream.h"
#include "unit/io/peer.h"
#include "unit/io/turn.h"

struct talk {
	struct io_loop *loop;
	struct io_stream *stream;
	const char *send; /* on open */
	bool close_on_open, close_on_data;
	int opened, ended, failed;
	char data[128];
	size_t total;
	struct io_error error;
};

static void on_open(void *arg)
{
	struct talk *talk = arg;

	talk->opened++;
	if (talk->send)
		assert_int_equal(io_stream_write(talk->stream, talk->send, strlen(talk->send)),
				 BW_OK);
	if (talk->close_on_open) {
		io_stream_close(talk->stream);
		talk->stream = NULL;
		turn_done(talk->loop);
	}
}

static void on_data(void *arg, const char *data, size_t len)
{
	struct talk *talk = arg;
	size_t used = strlen(talk->data);

	assert_int_equal(talk->ended + talk->failed, 0);
	talk->total += len;
	snprintf(talk->data + used, sizeof(talk->data) - used, "%.*s", (int)len, data);
	if (talk->close_on_data) {
		io_stream_close(talk->stream);
		talk->stream = NULL;
		turn_done(talk->loop);
	}
}

static void on_end(void *arg)
{
	struct talk *talk = arg;

	talk->ended++;
	turn_done(talk->loop);
}

static void on_failed(void *arg, const struct io_error *error)
{
	struct talk *talk = arg;

	talk->failed++;
	talk->error = *error;
	turn_done(talk->loop);
}

static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };

static int set_up(void **state)
{
	struct talk *talk = calloc(1, sizeof(*talk));

	talk->loop = io_loop_create();
	*state = talk;
	return 0;
}

static int tear_down(void **state)
{
	struct talk *talk = *state;

	io_stream_close(talk->stream);
	io_loop_destroy(talk->loop);
	free(talk);
	return 0;
}

static void open_to(struct talk *talk, const char *host, int port)
{
	const struct io_stream_options options = { .host = host, .port = port };

	assert_int_equal(io_stream_open(talk->loop, &options, &events, talk, &talk->stream, NULL),
			 BW_OK);
	assert_int_equal(talk->opened + talk->ended + talk->failed, 0);
}

static void expect_failure(struct talk *talk, enum io_failure failure, const char *text)
{
	assert_true(turn_until_done(talk->loop));
	assert_int_equal(talk->failed, 1);
	assert_int_equal(talk->ended, 0);
	assert_string_equal(talk->error.text, text);
	assert_int_equal(talk->error.failure, failure);
}

static void serve_echo(int fd, void *arg)
{
	char line[64];

	(void)arg;
	peer_read_until(fd, "\n", line, sizeof(line));
	peer_send(fd, line);
}

static void talks_and_ends(void **state)
{
	struct talk *talk = *state;
	struct peer *peer = peer_start(serve_echo, NULL);
	struct io_stream_timing timing;
	struct io_certificate certificate;
	char address[32];

	talk->send = "hello\n";
	open_to(talk, "127.0.0.1", peer_port(peer));
	assert_string_equal(io_stream_peer(talk->stream), "");
	assert_true(turn_until_done(talk->loop));
	assert_int_equal(talk->opened, 1);
	assert_int_equal(talk->ended, 1);
	assert_int_equal(talk->failed, 0);
	assert_string_equal(talk->data, "hello\n");
	snprintf(address, sizeof(address), "127.0.0.1:%d", peer_port(peer));
	assert_string_equal(io_stream_peer(talk->stream), address);
	io_stream_timing(talk->stream, &timing);
	assert_int_equal(timing.resolved_us, 0);
	assert_int_equal(timing.secured_us, 0);
	assert_true(timing.connected_us > 0);
	io_stream_certificate(talk->stream, &certificate);
	assert_false(certificate.present);
	assert_int_equal(io_stream_write(talk->stream, "x", 1), BW_EINVAL);
	peer_stop(peer);
}

static void talks_over_a_unix_socket(void **state)
{
	struct talk *talk = *state;
	char folder[] = "/tmp/bw-stream-XXXXXX", path[64];
	struct peer *peer;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	peer = peer_start_path(path, serve_echo, NULL);
	talk->send = "hello\n";
	open_to(talk, path, 0);
	assert_true(turn_until_done(talk->loop));
	assert_string_equal(talk->data, "hello\n");
	assert_string_equal(io_stream_peer(talk->stream), path);
	peer_stop(peer);
	unlink(path);
	rmdir(folder);
}

static void refused(void **state)
{
	struct talk *talk = *state;
	int port = peer_unused_port();
	char text[64];

	snprintf(text, sizeof(text), "connection refused by 127.0.0.1:%d", port);
	open_to(talk, "127.0.0.1", port);
	expect_failure(talk, IO_REFUSED, text);
}

static void absent_unix_socket(void **state)
{
	open_to(*state, "/no/such/socket", 0);
	expect_failure(*state, IO_REFUSED,
		       "connection refused: there is no socket /no/such/socket");
}

static void too_long_unix_path(void **state)
{
	char path[200];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	open_to(*state, path, 0);
	assert_true(turn_until_done(((struct talk *)*state)->loop));
	assert_int_equal(((struct talk *)*state)->error.failure, IO_BAD_REQUEST);
}

static void serve_reset(int fd, void *arg)
{
	char line[64];

	(void)arg;
	peer_read_until(fd, "\n", line, sizeof(line));
	peer_reset(fd);
}

static void reset_by_peer(void **state)
{
	struct talk *talk = *state;
	struct peer *peer = peer_start(serve_reset, NULL);
	char text[64];

	snprintf(text, sizeof(text), "connection reset by 127.0.0.1:%d", peer_port(peer));
	talk->send = "hello\n";
	open_to(talk, "127.0.0.1", peer_port(peer));
	expect_failure(talk, IO_RESET, text);
	assert_int_equal(talk->opened, 1);
	peer_stop(peer);
}

static void no_descriptors_is_our_fault(void **state)
{
	struct talk *talk = *state;
	struct rlimit before, none;

	getrlimit(RLIMIT_NOFILE, &before);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
	open_to(talk, "127.0.0.1", 1);
	setrlimit(RLIMIT_NOFILE, &none);
	assert_true(turn_until_done(talk->loop));
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(talk->failed, 1);
	assert_int_equal(talk->error.failure, IO_NO_RESOURCES);
	assert_non_null(strstr(talk->error.text, "no file descriptors left"));
}

static void serve_silence(int fd, void *arg)
{
	(void)arg;
	peer_wait_for_close(fd);
}

static void closing_in_a_callback(void **state)
{
	struct talk *talk = *state;
	struct peer *peer = peer_start(serve_silence, NULL);
	struct peer *echo = peer_start(serve_echo, NULL);

	talk->close_on_open = true;
	open_to(talk, "127.0.0.1", peer_port(peer));
	assert_true(turn_until_done(talk->loop));
	turn_once(talk->loop);
	assert_int_equal(talk->opened, 1);
	talk->close_on_open = false;
	talk->close_on_data = true;
	talk->send = "hello\n";
	talk->opened = 0;
	open_to(talk, "127.0.0.1", peer_port(echo));
	assert_true(turn_until_done(talk->loop));
	turn_once(talk->loop);
	assert_int_equal(talk->ended + talk->failed, 0);
	peer_stop(peer);
	peer_stop(echo);
}

static void closing_before_anything_happened(void **state)
{
	struct talk *talk = *state;

	open_to(talk, "127.0.0.1", 1);
	io_stream_close(talk->stream);
	talk->stream = NULL;
	turn_once(talk->loop);
	assert_int_equal(talk->opened + talk->failed, 0);
}

static void full_queue_is_refused(void **state)
{
	struct talk *talk = *state;
	char *much = calloc(1, IO_STREAM_QUEUE_MAX);

	open_to(talk, "127.0.0.1", peer_unused_port());
	assert_int_equal(io_stream_write(talk->stream, much, IO_STREAM_QUEUE_MAX), BW_OK);
	assert_int_equal(io_stream_write(talk->stream, much, 1), BW_ELIMIT);
	free(much);
	assert_true(turn_until_done(talk->loop));
	assert_int_equal(talk->failed, 1);
}

static void serve_slow_reader(int fd, void *arg)
{
	size_t *total = arg;
	char data[1000];
	ssize_t got;

	while (*total < IO_STREAM_QUEUE_MAX && (got = read(fd, data, sizeof(data))) > 0)
		*total += (size_t)got;
}

static void a_full_socket_is_waited_for(void **state)
{
	struct talk *talk = *state;
	size_t total = 0;
	struct peer *peer = peer_start(serve_slow_reader, &total);
	char *much = calloc(1, IO_STREAM_QUEUE_MAX);

	open_to(talk, "127.0.0.1", peer_port(peer));
	assert_int_equal(io_stream_write(talk->stream, much, IO_STREAM_QUEUE_MAX), BW_OK);
	free(much);
	assert_true(turn_until_done(talk->loop));
	assert_int_equal(talk->ended, 1);
	peer_stop(peer);
	assert_int_equal(total, IO_STREAM_QUEUE_MAX);
}

static void serve_flood(int fd, void *arg)
{
	static char text[64 * 1024];

	(void)arg;
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 160; i++)
		peer_send(fd, text);
}

static void a_flood_is_read_in_turns(void **state)
{
	struct talk *talk = *state;
	struct peer *peer = peer_start(serve_flood, NULL);

	open_to(talk, "127.0.0.1", peer_port(peer));
	assert_true(turn_until_done(talk->loop));
	assert_int_equal(talk->ended, 1);
	assert_int_equal(talk->total, 160 * (64 * 1024 - 1));
	peer_stop(peer);
}

static void bad_requests_are_refused(void **state)
{
	struct talk *talk = *state;
	static const struct io_stream_options bad[] = {
		{ .host = NULL, .port = 1 },
		{ .host = "", .port = 1 },
		{ .host = "127.0.0.1", .port = 0 },
		{ .host = "127.0.0.1", .port = 65536 },
		{ .host = "127.0.0.1",
		  .port = 1,
		  .tls = { .enabled = true, .ca_file = "/no/such/file" } },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bw_error err = { "" };

		assert_int_equal(
			io_stream_open(talk->loop, &bad[i], &events, talk, &talk->stream, &err),
			BW_EINVAL);
		assert_true(strlen(err.text) > 0);
	}
	assert_null(talk->stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(talks_and_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(talks_over_a_unix_socket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(absent_unix_socket, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_long_unix_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reset_by_peer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_descriptors_is_our_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(closing_in_a_callback, set_up, tear_down),
		cmocka_unit_test_setup_teardown(closing_before_anything_happened, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(full_queue_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_socket_is_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flood_is_read_in_turns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_requests_are_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
