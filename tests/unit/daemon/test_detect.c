/* test_detect.c - what is taken for PostgreSQL, Redis and nginx, what is not, and that the
 * configuration written for it is one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/detect.h"
#include "daemon/settings.h"
#include "support/fake_io.h"
#include "unit/daemon/bed.h"

static struct io_loop *loop;
static struct detect *detect;
static int calls;

static void on_changed(void *arg)
{
	(void)arg;
	calls++;
}

static int set_up(void **state)
{
	(void)state;
	loop = io_loop_create();
	calls = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	detect_destroy(detect);
	detect = NULL;
	io_loop_destroy(loop);
	return 0;
}

static void peer_says(const char *address, const char *bytes, size_t piece)
{
	const struct fake_step step = { .action = FAKE_SEND, .bytes = bytes, .len = strlen(bytes) };
	const struct fake_peer peer = {
		.connect = IO_OK, .piece = piece, .steps = &step, .step_count = 1
	};

	fake_peer_set(loop, address, &peer);
}

/* The names of what the configuration watches, joined by blanks. */
static const char *watched(void)
{
	static char names[256];
	struct bw_buf text;
	struct daemon_settings *settings;

	bw_buf_init(&text, 0);
	detect_write_config(detect, "127.0.0.1:8090", &text);
	settings = bed_settings(text.data);
	names[0] = '\0';
	for (size_t i = 0; i < settings->component_count; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", len ? " " : "",
			 settings->components[i].name);
	}
	assert_int_equal(settings->warning_count, 0);
	daemon_settings_destroy(settings);
	bw_buf_finish(&text);
	return names;
}

static void look(void)
{
	detect = detect_create(loop, on_changed, NULL);
	fake_advance(loop, 2 * BW_SECOND_US);
}

static void test_nothing_there(void **state)
{
	(void)state;
	assert_string_equal(watched(), "host bellwether");
	look();
	assert_string_equal(watched(), "host bellwether");
	assert_int_equal(calls, 0);
}

static void test_what_speaks_is_watched(void **state)
{
	(void)state;
	peer_says("127.0.0.1:5432", "S", 0);
	peer_says("127.0.0.1:6379", "+PONG\r\n", 2);
	peer_says("127.0.0.1:80", "HTTP/1.1 403 Forbidden\r\nServer: nginx\r\n\r\n", 5);
	look();
	assert_string_equal(watched(), "host bellwether postgresql redis nginx");
	assert_int_equal(calls, 3);
	fake_advance(loop, 5 * DETECT_EVERY_US);
	assert_int_equal(calls, 3);
}

static void test_redis_that_wants_a_password_is_there_too(void **state)
{
	(void)state;
	peer_says("127.0.0.1:6379", "-NOAUTH Authentication required.\r\n", 0);
	peer_says("127.0.0.1:5432", "N", 0);
	look();
	assert_string_equal(watched(), "host bellwether postgresql redis");
}

static void test_an_open_port_that_speaks_otherwise_is_not_taken(void **state)
{
	static const char *const others[] = {
		"SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
		"NOTICE hello\r\n",
		"HTTP/1.1 200 OK\r\nServer: Apache\r\n\r\n",
		"+OK POP3 ready\r\n",
		"-ERR unknown command\r\n",
		"\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		peer_says(NULL, others[i], i % 2 ? 0 : 100);
		look();
		assert_string_equal(watched(), "host bellwether");
		detect_destroy(detect);
		detect = NULL;
		fake_peers_forget(loop);
	}
	assert_int_equal(calls, 0);
}

static void test_a_service_that_comes_later_is_found(void **state)
{
	(void)state;
	look();
	peer_says("127.0.0.1:6379", "+PONG\r\n", 0);
	fake_advance(loop, DETECT_EVERY_US);
	assert_string_equal(watched(), "host bellwether redis");
	fake_peers_forget(loop); /* and stays when it dies: that is what one wants to see */
	fake_advance(loop, 3 * DETECT_EVERY_US);
	assert_string_equal(watched(), "host bellwether redis");
}

static void test_a_flood_and_a_silence_end(void **state)
{
	static char flood[100001];
	const struct fake_peer silent = { .connect = IO_OK, .mute = true };

	(void)state;
	memset(flood, 'x', sizeof(flood) - 1);
	peer_says("127.0.0.1:6379", flood, 1000);
	fake_peer_set(loop, "127.0.0.1:5432", &silent);
	look();
	assert_string_equal(watched(), "host bellwether");
	int tried = fake_connection_count(loop);
	fake_advance(loop, DETECT_EVERY_US);
	assert_int_equal(fake_connection_count(loop), tried + 3);
}

int main(void)
{
#define row(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		row(test_nothing_there),
		row(test_what_speaks_is_watched),
		row(test_redis_that_wants_a_password_is_there_too),
		row(test_an_open_port_that_speaks_otherwise_is_not_taken),
		row(test_a_service_that_comes_later_is_found),
		row(test_a_flood_and_a_silence_end),
	};
#undef row

	return cmocka_run_group_tests(tests, NULL, NULL);
}
