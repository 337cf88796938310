/* Redirects hop by hop, proxies, and names that only our resolver knows. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/resolver_internal.h"
#include "unit/io/fetch_case.h"
#include "unit/io/name_server.h"
#include "unit/io/tls_peer.h"
#include "unit/io/turn.h"

/* Redirects */

static void a_redirect_is_an_answer_unless_followed(void **state)
{
	struct request *request = *state;
	struct script script = { .location = "/elsewhere" };
	struct peer *peer = peer_start(serve_script, &script);

	request_fetch_from(request, peer);
	assert_int_equal(request->result.status, 302);
	assert_string_equal(request->body, "gone");
	assert_int_equal(request->result.redirects, 0);
	peer_stop(peer);
}

static void a_loop_of_redirects_ends(void **state)
{
	struct request *request = *state;
	struct script script = { .location = "/again" };
	struct peer *peer = peer_start(serve_script, &script);
	const struct io_fetch_options options = { .url = url_of(peer), .redirects_max = 3 };

	request_fetch(request, &options);
	request_expect_error(request, IO_PROTOCOL, "redirected more than 3 times");
	assert_int_equal(request->result.redirects, 3);
	assert_int_equal(peer_count(peer), 4);
	peer_stop(peer);
}

static void follow_once(struct request *request, struct script *first, struct script *second)
{
	static const char *const headers[] = { "Cookie: c=1", "X-Api-Key: k", "Accept: text/plain",
					       NULL };
	struct peer *target = peer_start(serve_script, second);
	struct peer *peer = peer_start(serve_script, first);
	char location[URL_MAX];
	struct io_fetch_options options = { .url = url_of(peer),
					    .headers = headers,
					    .user = "me",
					    .password = "pw",
					    .max_body_bytes = 100,
					    .redirects_max = 3 };

	snprintf(location, sizeof(location), "http://127.0.0.1:%d/next", peer_port(target));
	first->location = location;
	request_fetch(request, &options);
	peer_stop(peer);
	peer_stop(target);
}

static void credentials_stay_at_their_host(void **state)
{
	struct request *request = *state;
	struct script first = { .location = "" };
	struct script second = { .answer = "HTTP/1.1 200 OK\r\n\r\narrived" };

	follow_once(request, &first, &second);
	assert_int_equal(request->result.status, 200);
	assert_string_equal(request->body, "arrived");
	assert_int_equal(request->result.redirects, 1);
	assert_non_null(strstr(first.asked, "Authorization: Basic"));
	assert_non_null(strstr(first.asked, "Cookie: c=1"));
	assert_non_null(strstr(second.asked, "GET /next "));
	assert_non_null(strstr(second.asked, "Accept: text/plain"));
	assert_non_null(strstr(first.asked, "X-Api-Key: k"));
	assert_null(strstr(second.asked, "X-Api-Key"));
	assert_null(strstr(second.asked, "Authorization"));
	assert_null(strstr(second.asked, "Cookie"));
}

static void serve_relative(int fd, void *arg)
{
	struct script *script = arg;

	peer_read_until(fd, "\r\n\r\n", script->asked, sizeof(script->asked));
	if (strstr(script->asked, "/next"))
		peer_send(fd, "HTTP/1.1 200 OK\r\n\r\narrived");
	else
		peer_send(fd, "HTTP/1.1 303 See\r\nLocation: next\r\n\r\n");
}

static void a_relative_redirect_keeps_credentials(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = NULL };
	struct peer *peer = peer_start(serve_relative, &script);
	char url[URL_MAX];
	const struct io_fetch_options options = { .url = url,
						  .method = "POST",
						  .body = "data",
						  .body_len = 4,
						  .max_body_bytes = 100,
						  .redirects_max = 1 };

	snprintf(url, sizeof(url), "http://me:p%%40w@127.0.0.1:%d/", peer_port(peer));
	request_fetch(request, &options);
	assert_string_equal(request->body, "arrived");
	assert_non_null(strstr(script.asked, "GET /next HTTP/1.1\r\n"));
	assert_non_null(strstr(script.asked, "Authorization: Basic bWU6cEB3\r\n"));
	assert_null(strstr(script.asked, "Content-Length"));
	peer_stop(peer);
}

static void redirects_leave_the_web_nowhere(void **state)
{
	static const char *const locations[] = { "file:///etc/passwd", "ftp://127.0.0.1/x",
						 "gopher://127.0.0.1/x", "unknown://x" };
	struct request *request = *state;

	for (size_t i = 0; i < sizeof(locations) / sizeof(locations[0]); i++) {
		struct script script = { .location = locations[i] };
		struct peer *peer = peer_start(serve_script, &script);
		const struct io_fetch_options options = { .url = url_of(peer),
							  .max_body_bytes = 100,
							  .redirects_max = 3 };

		request_fetch(request, &options);
		request_expect_error(request, IO_PROTOCOL, locations[i]);
		peer_stop(peer);
	}
}

/* Proxies */

static void a_proxy_is_asked_for_the_whole_url(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 200 OK\r\n\r\nproxied" };
	struct peer *peer = peer_start(serve_script, &script);
	const struct io_fetch_options options = { .url = "http://no.such.name.invalid/x",
						  .proxy = url_of(peer),
						  .max_body_bytes = 100 };

	request_fetch(request, &options);
	assert_string_equal(request->body, "proxied");
	assert_non_null(strstr(script.asked, "GET http://no.such.name.invalid/x HTTP/1.1\r\n"));
	peer_stop(peer);
}

static void a_proxy_may_refuse_a_tunnel(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 403 Forbidden\r\n\r\n" };
	struct peer *peer = peer_start(serve_script, &script);
	const struct io_fetch_options options = { .url = "https://no.such.name.invalid/x",
						  .proxy = url_of(peer) };

	request_fetch(request, &options);
	request_expect_error(request, IO_PROTOCOL, "refused: CONNECT tunnel failed, response 403");
	assert_non_null(strstr(script.asked, "CONNECT no.such.name.invalid:443 HTTP/1.1\r\n"));
	peer_stop(peer);
}

static void no_proxy_of_the_environment(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 200 OK\r\n\r\ndirect" };
	struct peer *peer = peer_start(serve_script, &script);

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	request_fetch_from(request, peer);
	unsetenv("http_proxy");
	assert_string_equal(request->body, "direct");
	peer_stop(peer);
}

/* A proxy that tunnels: CONNECT 127.0.0.1:port, then bytes both ways. */

static void *pump(void *arg)
{
	const int *ends = arg;
	char data[TEXT_MAX];
	ssize_t got;

	while ((got = recv(ends[0], data, sizeof(data), 0)) > 0)
		if (send(ends[1], data, (size_t)got, MSG_NOSIGNAL) != got)
			break;
	shutdown(ends[1], SHUT_WR);
	return NULL;
}

static void serve_tunnel(int fd, void *arg)
{
	struct script *script = arg;
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int forth[2] = { fd, target }, back[2] = { target, fd };
	const char *port;
	pthread_t thread;

	peer_read_until(fd, "\r\n\r\n", script->asked, sizeof(script->asked));
	port = strchr(script->asked, ':');
	address.sin_port = htons((uint16_t)strtol(port ? port + 1 : "0", NULL, 10));
	if (connect(target, (struct sockaddr *)&address, sizeof(address)) == 0) {
		peer_send(fd, "HTTP/1.1 200 Connected\r\nX-Proxy: 1\r\n\r\n");
		pthread_create(&thread, NULL, pump, forth);
		pump(back);
		pthread_join(thread, NULL);
	}
	close(target);
}

static void a_tunnel_keeps_tls_to_the_target(void **state)
{
	struct request *request = *state;
	struct tls_world *world = tls_world_create();
	struct tls_script target_script = { .world = world,
					    .until = "\r\n\r\n",
					    .answer = "HTTP/1.1 200 OK\r\nX-Target: 1\r\n\r\nhi" };
	struct script script = { .answer = NULL };
	struct peer *target = tls_peer_start(&target_script);
	struct peer *proxy = peer_start(serve_tunnel, &script);
	char url[URL_MAX];
	const struct io_fetch_options options = {
		.url = url,
		.proxy = url_of(proxy),
		.max_body_bytes = 100,
		.tls = { .verify = true, .ca_file = tls_world_authority(world) },
	};

	snprintf(url, sizeof(url), "https://localhost:%d/", peer_port(target));
	request_fetch(request, &options);
	assert_string_equal(request->result.error.text, "");
	assert_string_equal(request->body, "hi");
	assert_string_equal(request->headers, "X-Target: 1");
	assert_true(request->result.certificate.verified);
	assert_int_equal(strncmp(script.asked, "CONNECT localhost:", 18), 0);
	peer_stop(proxy);
	peer_stop(target);
	tls_world_destroy(world);
}

/* Names: the server is ours, so an answer proves that libcurl did not look for itself. */

static void names_come_from_our_resolver(void **state)
{
	struct request *request = *state;
	struct name_server *names = name_server_start();
	char path[] = "/tmp/bw-resolv-XXXXXX", url[URL_MAX], location[URL_MAX];
	int fd = mkstemp(path);
	struct script last = { .answer = "HTTP/1.1 200 OK\r\n\r\narrived" };
	struct script first = { .location = location };
	struct peer *target = peer_start(serve_script, &last);
	struct peer *peer = peer_start(serve_script, &first);
	struct io_fetch_options options = { .url = url, .max_body_bytes = 100, .redirects_max = 1 };

	assert_int_equal(write(fd, "nameserver 127.0.0.1\n", 21), 21);
	close(fd);
	io_resolver_set_source(request->loop, path, name_server_port(names));
	snprintf(url, sizeof(url), "http://two.test:%d/", peer_port(peer));
	snprintf(location, sizeof(location), "http://one.test:%d/next", peer_port(target));
	request_fetch(request, &options);
	assert_string_equal(request->result.error.text, "");
	assert_string_equal(request->body, "arrived");
	assert_true(request->result.resolved_us > 0);
	assert_true(request->result.connected_us >= request->result.resolved_us);
	options.url = "http://missing.test/";
	request_fetch(request, &options);
	request_expect_error(request, IO_NO_SUCH_NAME, "no such name: missing.test");
	options.url = "http://127.0.0.1/";
	options.proxy = "http://missing.test:3128";
	request_fetch(request, &options);
	request_expect_error(request, IO_NO_SUCH_NAME, "no such name: missing.test");
	unlink(path);
	peer_stop(peer);
	peer_stop(target);
	name_server_stop(names);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, request_set_up, request_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(a_redirect_is_an_answer_unless_followed),
		ROW(a_loop_of_redirects_ends),
		ROW(credentials_stay_at_their_host),
		ROW(a_relative_redirect_keeps_credentials),
		ROW(redirects_leave_the_web_nowhere),
		ROW(a_proxy_is_asked_for_the_whole_url),
		ROW(a_proxy_may_refuse_a_tunnel),
		ROW(no_proxy_of_the_environment),
		ROW(a_tunnel_keeps_tls_to_the_target),
		ROW(names_come_from_our_resolver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
