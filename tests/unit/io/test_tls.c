/* TLS through streams and through fetch: the same certificates, the same verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "io/fetch.h"
#include "io/stream.h"
#include "unit/io/peer.h"
#include "unit/io/tls_peer.h"
#include "unit/io/turn.h"

struct client {
	struct tls_world *world;
	struct io_loop *loop;
	struct io_stream *stream;
	struct io_fetch *fetch;
	const char *send;
	bool start_tls;
	int opened, ended, failed;
	char data[256];
	size_t total, wanted; /* ends the turn when that much came; 0: never */
	int status;
	struct io_error error;
	struct io_certificate certificate;
	struct io_stream_timing timing;
};

static struct tls_world *world;

static int make_world(void **state)
{
	(void)state;
	world = tls_world_create();
	return 0;
}

static int drop_world(void **state)
{
	(void)state;
	tls_world_destroy(world);
	return 0;
}

static int set_up(void **state)
{
	struct client *client = calloc(1, sizeof(*client));

	client->loop = io_loop_create();
	client->send = "GET\n";
	*state = client;
	return 0;
}

static int tear_down(void **state)
{
	struct client *client = *state;

	io_stream_close(client->stream);
	io_fetch_stop(client->fetch);
	io_loop_destroy(client->loop);
	free(client);
	return 0;
}

static void on_open(void *arg)
{
	struct client *client = arg;

	client->opened++;
	if (!client->start_tls || client->opened == 2)
		assert_int_equal(
			io_stream_write(client->stream, client->send, strlen(client->send)), BW_OK);
}

static void on_data(void *arg, const char *data, size_t len)
{
	struct client *client = arg;

	snprintf(client->data, sizeof(client->data), "%.*s", (int)len, data);
	client->total += len;
	if (client->wanted > 0 && client->total == client->wanted)
		turn_done(client->loop);
	if (client->start_tls && client->opened == 1) {
		assert_int_equal(io_stream_write(client->stream, "go\n", 3), BW_OK);
		assert_int_equal(io_stream_start_tls(client->stream), BW_OK);
	}
}

static void on_end(void *arg)
{
	struct client *client = arg;

	client->ended++;
	turn_done(client->loop);
}

static void on_failed(void *arg, const struct io_error *error)
{
	struct client *client = arg;

	client->failed++;
	client->error = *error;
	turn_done(client->loop);
}

static void connect_to(struct client *client, int port, const struct io_tls_options *tls)
{
	static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };
	const struct io_stream_options options = { .host = "127.0.0.1", .port = port, .tls = *tls };
	struct bw_error err;

	io_stream_close(client->stream);
	client->opened = client->ended = client->failed = 0;
	if (io_stream_open(client->loop, &options, &events, client, &client->stream, &err) != BW_OK)
		fail_msg("%s", err.text);
	assert_true(turn_until_done(client->loop));
	io_stream_certificate(client->stream, &client->certificate);
	io_stream_timing(client->stream, &client->timing);
}

static void fetched(void *arg, const struct io_fetch_result *result)
{
	struct client *client = arg;

	client->error = result->error;
	client->status = result->status;
	client->certificate = result->certificate;
	turn_done(client->loop);
}

static void fetch_from(struct client *client, int port, const struct io_tls_options *tls)
{
	char url[64];
	const struct io_fetch_options options = { .url = url, .tls = *tls, .max_body_bytes = 100 };
	struct bw_error err;

	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", port);
	io_fetch_stop(client->fetch);
	if (io_fetch_start(client->loop, &options, fetched, client, &client->fetch, &err) != BW_OK)
		fail_msg("%s", err.text);
	assert_true(turn_until_done(client->loop));
}

static struct io_tls_options verifying(void)
{
	return (struct io_tls_options){ .enabled = true,
					.verify = true,
					.ca_file = tls_world_authority(world) };
}

/* A good session */

static void expect_good_certificate(const struct io_certificate *certificate, int chain_length)
{
	assert_true(certificate->present);
	assert_true(certificate->verified);
	assert_string_equal(certificate->verify_error, "");
	assert_string_equal(certificate->subject, "localhost");
	assert_string_equal(certificate->alternative_names, "localhost, 127.0.0.1");
	assert_string_equal(certificate->protocol, "TLSv1.3");
	assert_true(strlen(certificate->cipher) > 0);
	assert_int_equal(certificate->chain_length, chain_length);
}

static void a_stream_talks_in_secret(void **state)
{
	struct client *client = *state;
	struct tls_script script = { .world = world, .until = "\n", .answer = "secret" };
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = verifying();
	int64_t days;

	connect_to(client, peer_port(peer), &tls);
	assert_int_equal(client->opened, 1);
	assert_int_equal(client->ended, 1);
	assert_string_equal(client->data, "secret");
	assert_string_equal(script.asked, "GET\n");
	assert_string_equal(script.server_name, "");
	expect_good_certificate(&client->certificate, 1);
	assert_string_equal(client->certificate.issuer, "Test Root");
	assert_true(client->timing.secured_us > client->timing.connected_us);
	days = (client->certificate.not_after.us - io_loop_wall(client->loop).us) /
	       (86400 * BW_SECOND_US);
	assert_in_range(days, 89, 90);
	peer_stop(peer);
}

static void an_intermediate_is_part_of_the_chain(void **state)
{
	struct client *client = *state;
	struct tls_script script = { .world = world, .certificate = TLS_CHAIN, .until = "\n" };
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = verifying();

	connect_to(client, peer_port(peer), &tls);
	expect_good_certificate(&client->certificate, 2);
	assert_true(client->certificate.chain_not_after.us < client->certificate.not_after.us);
	peer_stop(peer);
}

static void tls_may_begin_in_the_middle(void **state)
{
	struct client *client = *state;
	struct tls_script script = {
		.world = world, .first_plain = "S", .until = "\n", .answer = "secret"
	};
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = verifying();

	tls.enabled = false;
	client->start_tls = true;
	connect_to(client, peer_port(peer), &tls);
	assert_int_equal(client->opened, 2);
	assert_int_equal(client->ended, 1);
	assert_string_equal(client->data, "secret");
	expect_good_certificate(&client->certificate, 1);
	peer_stop(peer);
}

/* The peer sends more than one turn reads, then waits: nothing may be left lying in OpenSSL. */
static void a_flood_comes_whole(void **state)
{
	struct client *client = *state;
	size_t len = 3000000;
	char *much = malloc(len + 1);
	struct tls_script script = {
		.world = world, .until = "\n", .answer = much, .waits_for_close = true
	};
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = verifying();

	memset(much, 'x', len);
	much[len] = '\0';
	client->wanted = len;
	connect_to(client, peer_port(peer), &tls);
	assert_int_equal(client->total, len);
	assert_int_equal(client->ended, 0);
	io_stream_close(client->stream);
	client->stream = NULL;
	peer_stop(peer);
	free(much);
}

static void our_own_certificate_is_shown(void **state)
{
	struct client *client = *state;
	struct tls_script script = { .world = world,
				     .until = "\r\n\r\n",
				     .answer = "HTTP/1.1 200 OK\r\n\r\n",
				     .wants_certificate = true };
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = verifying();

	tls.certificate_file = tls_world_certificate(world, TLS_WRONG_NAME);
	tls.key_file = tls_world_key(world, TLS_WRONG_NAME);
	client->send = "\r\n\r\n";
	connect_to(client, peer_port(peer), &tls);
	assert_int_equal(client->ended, 1);
	assert_string_equal(script.client_name, "a.example");
	script.client_name[0] = '\0';
	fetch_from(client, peer_port(peer), &tls);
	assert_int_equal(client->status, 200);
	assert_string_equal(script.client_name, "a.example");
	tls.key_file = tls_world_key(world, TLS_GOOD);
	connect_to(client, peer_port(peer), &tls);
	assert_int_equal(client->error.failure, IO_BAD_REQUEST);
	assert_non_null(strstr(client->error.text, "holds no key that fits"));
	fetch_from(client, peer_port(peer), &tls);
	assert_int_equal(client->error.failure, IO_BAD_REQUEST);
	peer_stop(peer);
}

static void another_server_name(void **state)
{
	struct client *client = *state;
	struct tls_script script = { .world = world,
				     .certificate = TLS_WRONG_NAME,
				     .until = "\n",
				     .answer = "HTTP/1.1 200 OK\r\n\r\n" };
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = verifying();

	tls.server_name = "b.example";
	connect_to(client, peer_port(peer), &tls);
	assert_true(client->certificate.verified);
	assert_string_equal(script.server_name, "b.example");
	script.server_name[0] = '\0';
	fetch_from(client, peer_port(peer), &tls);
	assert_int_equal(client->status, 200);
	assert_true(client->certificate.verified);
	assert_string_equal(script.server_name, "b.example");
	peer_stop(peer);
}

/* Bad certificates */

struct bad {
	enum tls_certificate which;
	const char *reason;
};

static const struct bad bad[] = {
	{ TLS_EXPIRED, "certificate expired 3 days ago" },
	{ TLS_NOT_YET, "certificate is valid only in 4 days" },
	{ TLS_WRONG_NAME, "name does not match: certificate is for a.example, b.example" },
	{ TLS_SELF_SIGNED, "self-signed certificate" },
};

static void expect_rejected(const struct client *client, const struct bad *row, int port)
{
	char text[256];

	snprintf(text, sizeof(text), "TLS to 127.0.0.1:%d: %s", port, row->reason);
	assert_string_equal(client->error.text, text);
	assert_int_equal(client->error.failure, IO_TLS);
	assert_true(client->certificate.present);
	assert_false(client->certificate.verified);
	assert_string_equal(client->certificate.verify_error, row->reason);
}

static void bad_certificates_are_explained(void **state)
{
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tls_script script = { .world = world,
					     .certificate = bad[i].which,
					     .until = "\n",
					     .answer = "HTTP/1.1 200 OK\r\n\r\n" };
		struct peer *peer = tls_peer_start(&script);
		struct io_tls_options tls = verifying();

		connect_to(client, peer_port(peer), &tls);
		assert_int_equal(client->failed, 1);
		assert_int_equal(client->opened, 0);
		expect_rejected(client, &bad[i], peer_port(peer));
		fetch_from(client, peer_port(peer), &tls);
		assert_int_equal(client->status, 0);
		expect_rejected(client, &bad[i], peer_port(peer));
		tls.report_only = true;
		connect_to(client, peer_port(peer), &tls);
		assert_int_equal(client->ended, 1);
		assert_false(client->certificate.verified);
		assert_string_equal(client->certificate.verify_error, bad[i].reason);
		fetch_from(client, peer_port(peer), &tls);
		assert_int_equal(client->status, 200);
		assert_string_equal(client->certificate.verify_error, bad[i].reason);
		tls.verify = false;
		fetch_from(client, peer_port(peer), &tls);
		assert_int_equal(client->status, 200);
		assert_true(client->certificate.present);
		assert_false(client->certificate.verified);
		peer_stop(peer);
	}
}

static void an_unknown_authority_is_named(void **state)
{
	struct client *client = *state;
	struct tls_script script = { .world = world, .until = "\n" };
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = { .enabled = true, .verify = true };

	connect_to(client, peer_port(peer), &tls);
	assert_int_equal(client->error.failure, IO_TLS);
	assert_non_null(strstr(client->error.text, "issuer Test Root is not known here"));
	peer_stop(peer);
}

static void the_directory_of_the_system_is_searched(void **state)
{
	struct client *client = *state;
	struct tls_script script = { .world = world, .certificate = TLS_CHAIN, .until = "\n" };
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = { .enabled = true, .verify = true };

	unsetenv("SSL_CERT_FILE");
	setenv("SSL_CERT_DIR", tls_world_folder(world), 1);
	connect_to(client, peer_port(peer), &tls);
	unsetenv("SSL_CERT_DIR");
	assert_string_equal(client->error.text, "");
	assert_true(client->certificate.verified);
	peer_stop(peer);
}

/* Peers that do not keep to TLS */

static void serve_text(int fd, void *arg)
{
	peer_send(fd, arg);
	peer_wait_for_close(fd);
}

static void serve_alert(int fd, void *arg)
{
	static const unsigned char handshake_failure[] = { 0x15, 3, 3, 0, 2, 2, 40 };

	(void)arg;
	send(fd, handshake_failure, sizeof(handshake_failure), MSG_NOSIGNAL);
	peer_wait_for_close(fd);
}

static void serve_end(int fd, void *arg)
{
	char byte[2];

	(void)arg;
	peer_read_until(fd, "\n", byte, sizeof(byte));
}

static void serve_reset(int fd, void *arg)
{
	serve_end(fd, arg);
	peer_reset(fd);
}

struct rude {
	peer_serve *serve;
	const char *text;
	enum io_failure failure;
	const char *expected;
};

static const struct rude rude[] = {
	{ serve_text, "220 mail ready\r\n", IO_TLS, "does not speak TLS" },
	{ serve_text, "HTTP/1.1 400 Bad\r\n\r\n", IO_TLS, "does not speak TLS" },
	{ serve_alert, NULL, IO_TLS, "handshake failure" },
	{ serve_end, NULL, IO_CLOSED, "closed the connection during the TLS handshake" },
	{ serve_reset, NULL, IO_RESET, "connection reset by 127.0.0.1:" },
};

static void rude_peers_have_their_class(void **state)
{
	struct client *client = *state;

	for (size_t i = 0; i < sizeof(rude) / sizeof(rude[0]); i++) {
		struct peer *peer = peer_start(rude[i].serve, (void *)rude[i].text);
		struct io_tls_options tls = verifying();

		for (int with_fetch = 0; with_fetch < 2; with_fetch++) {
			if (with_fetch)
				fetch_from(client, peer_port(peer), &tls);
			else
				connect_to(client, peer_port(peer), &tls);
			if (!strstr(client->error.text, rude[i].expected))
				fail_msg("row %zu, fetch %d: '%s' is not in '%s'", i, with_fetch,
					 rude[i].expected, client->error.text);
			assert_int_equal(client->error.failure, rude[i].failure);
		}
		peer_stop(peer);
	}
}

static void a_file_without_certificates_is_our_fault(void **state)
{
	struct client *client = *state;
	struct tls_script script = { .world = world, .until = "\n" };
	struct peer *peer = tls_peer_start(&script);
	struct io_tls_options tls = verifying();

	tls.ca_file = tls_world_key(world, TLS_GOOD);
	connect_to(client, peer_port(peer), &tls);
	assert_int_equal(client->error.failure, IO_BAD_REQUEST);
	assert_non_null(strstr(client->error.text, "holds no certificate in PEM"));
	fetch_from(client, peer_port(peer), &tls);
	assert_int_equal(client->error.failure, IO_BAD_REQUEST);
	peer_stop(peer);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_stream_talks_in_secret),
		ROW(an_intermediate_is_part_of_the_chain),
		ROW(tls_may_begin_in_the_middle),
		ROW(a_flood_comes_whole),
		ROW(our_own_certificate_is_shown),
		ROW(another_server_name),
		ROW(bad_certificates_are_explained),
		ROW(an_unknown_authority_is_named),
		ROW(the_directory_of_the_system_is_searched),
		ROW(rude_peers_have_their_class),
		ROW(a_file_without_certificates_is_our_fault),
	};

	return cmocka_run_group_tests(tests, make_world, drop_world);
}
