/* Names to addresses, with a name server that answers, denies, fails and keeps silent. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/resolver.h"
#include "io/resolver_internal.h"
#include "io/stream.h"
#include "unit/io/name_server.h"
#include "unit/io/peer.h"
#include "unit/io/turn.h"

struct world {
	struct io_loop *loop;
	struct name_server *server;
	char path[64]; /* our resolv.conf */
	struct io_resolve *resolve;
	int calls;
	bool stop_in_callback, has_error;
	struct io_addresses addresses;
	struct io_error error;
};

static void write_source(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->loop = io_loop_create();
	world->server = name_server_start();
	snprintf(world->path, sizeof(world->path), "/tmp/bw-resolv-%d", (int)getpid());
	write_source(world->path, "nameserver 127.0.0.1\n");
	io_resolver_set_source(world->loop, world->path, name_server_port(world->server));
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	io_resolve_stop(world->resolve);
	io_loop_destroy(world->loop);
	name_server_stop(world->server);
	unlink(world->path);
	free(world);
	return 0;
}

static void ended(void *arg, const struct io_addresses *addresses, const struct io_error *error)
{
	struct world *world = arg;

	world->calls++;
	world->has_error = error != NULL;
	if (error)
		world->error = *error;
	else
		world->addresses = *addresses;
	if (world->stop_in_callback) {
		io_resolve_stop(world->resolve);
		world->resolve = NULL;
	}
	turn_done(world->loop);
}

static void resolve(struct world *world, const char *name)
{
	io_resolve_stop(world->resolve);
	world->calls = 0;
	world->resolve = io_resolve_start(world->loop, name, ended, world);
	assert_int_equal(world->calls, 0);
	assert_true(turn_until_done(world->loop));
	assert_int_equal(world->calls, 1);
}

struct row {
	const char *name;
	int count;
	const char *first;
	int family;
	int questions;
};

static const struct row rows[] = {
	{ "127.0.0.1", 1, "127.0.0.1", AF_INET, 0 },
	{ "::1", 1, "::1", AF_INET6, 0 },
	{ "one.test", 1, "127.0.0.1", AF_INET, 2 },
	{ "two.test", 2, NULL, AF_INET, 2 },
};

static void names_have_addresses(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int before = name_server_count(world->server);

		world->stop_in_callback = i % 2;
		resolve(world, rows[i].name);
		assert_false(world->has_error);
		assert_int_equal(world->addresses.count, rows[i].count);
		assert_int_equal(world->addresses.family[0], rows[i].family);
		if (rows[i].first)
			assert_string_equal(world->addresses.text[0], rows[i].first);
		assert_int_equal(name_server_count(world->server) - before, rows[i].questions);
	}
}

static void localhost_needs_no_server(void **state)
{
	struct world *world = *state;

	resolve(world, "localhost");
	assert_false(world->has_error);
	assert_true(world->addresses.count >= 1);
	assert_int_equal(name_server_count(world->server), 0);
}

struct failing {
	const char *name;
	enum io_failure failure;
	const char *text;
};

static const struct failing failing[] = {
	{ "missing.test", IO_NO_SUCH_NAME, "no such name: missing.test" },
	{ "empty.test", IO_NO_SUCH_NAME, "the name empty.test has no address" },
	{ "servfail.test", IO_NO_RESOLVER, "no name server could answer about servfail.test" },
	{ "silent.test", IO_NO_RESOLVER, "no name server answered about silent.test" },
	{ "bad..name", IO_BAD_REQUEST, "bad..name cannot be a name" },
};

static void failures_have_their_class(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(failing) / sizeof(failing[0]); i++) {
		resolve(world, failing[i].name);
		assert_true(world->has_error);
		assert_string_equal(world->error.text, failing[i].text);
		assert_int_equal(world->error.failure, failing[i].failure);
	}
}

static void nobody_listens(void **state)
{
	struct world *world = *state;

	io_resolver_set_source(world->loop, world->path, (uint16_t)peer_unused_port());
	resolve(world, "one.test");
	assert_true(world->has_error);
	assert_int_equal(world->error.failure, IO_NO_RESOLVER);
}

/* The look at the file is forced; otherwise it happens every few seconds. */
static void a_changed_resolv_conf_is_followed(void **state)
{
	struct world *world = *state;
	uint16_t port = name_server_port(world->server);
	struct world other = { .loop = world->loop };
	struct io_resolve *old;

	write_source(world->path, "nameserver 127.0.0.77\n");
	resolve(world, "one.test");
	assert_true(world->has_error);
	assert_int_equal(world->error.failure, IO_NO_RESOLVER);
	old = io_resolve_start(world->loop, "one.test", ended, &other);
	write_source(world->path, "# mended\nnameserver 127.0.0.1\n");
	io_resolver_set_source(world->loop, world->path, port);
	io_resolve_stop(world->resolve);
	world->calls = 0;
	world->resolve = io_resolve_start(world->loop, "one.test", ended, world);
	while (!world->calls || !other.calls)
		assert_true(turn_until_done(world->loop));
	assert_true(other.has_error);
	assert_false(world->has_error);
	io_resolve_stop(old);
}

static void stopping_is_silent(void **state)
{
	struct world *world = *state;
	struct io_resolve *open[50];

	for (size_t i = 0; i < 50; i++)
		open[i] = io_resolve_start(world->loop, i % 2 ? "silent.test" : "one.test", ended,
					   world);
	for (size_t i = 0; i < 50; i++)
		io_resolve_stop(open[i]);
	turn_once(world->loop);
	assert_int_equal(world->calls, 0);
}

/* 127.0.0.2 refuses, as the peer listens on 127.0.0.1 only: the second address is tried. */
static int opened;
static void on_open(void *arg)
{
	opened++;
	turn_done(arg);
}

static void on_data(void *arg, const char *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
}

static void on_end(void *arg)
{
	(void)arg;
}

static struct io_error stream_error;
static void on_failed(void *arg, const struct io_error *error)
{
	stream_error = *error;
	turn_done(arg);
}

static void serve_silence(int fd, void *arg)
{
	(void)arg;
	peer_wait_for_close(fd);
}

static void the_next_address_is_tried(void **state)
{
	static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };
	struct world *world = *state;
	struct peer *peer = peer_start(serve_silence, NULL);
	struct io_stream_options options = { .host = "two.test", .port = peer_port(peer) };
	struct io_stream_timing timing;
	struct io_stream *stream;

	assert_int_equal(io_stream_open(world->loop, &options, &events, world->loop, &stream, NULL),
			 BW_OK);
	assert_true(turn_until_done(world->loop));
	assert_int_equal(opened, 1);
	assert_int_equal(strncmp(io_stream_peer(stream), "127.0.0.1:", 10), 0);
	io_stream_timing(stream, &timing);
	assert_true(timing.resolved_us > 0);
	assert_true(timing.connected_us >= timing.resolved_us);
	io_stream_close(stream);
	peer_stop(peer);
	options.port = peer_unused_port();
	assert_int_equal(io_stream_open(world->loop, &options, &events, world->loop, &stream, NULL),
			 BW_OK);
	assert_true(turn_until_done(world->loop));
	assert_int_equal(stream_error.failure, IO_REFUSED);
	assert_non_null(strstr(stream_error.text, "(2 addresses tried)"));
	io_stream_close(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_have_addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(localhost_needs_no_server, set_up, tear_down),
		cmocka_unit_test_setup_teardown(failures_have_their_class, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_listens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_changed_resolv_conf_is_followed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(stopping_is_silent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_next_address_is_tried, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
