/* HTTP/2 and compression against nginx; skipped where there is no nginx. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/child.h"
#include "unit/io/fetch_case.h"
#include "unit/io/tls_peer.h"
#include "unit/io/turn.h"

static const char *const environment[] = { "PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/bin", NULL };

struct server {
	struct tls_world *world;
	struct io_loop *loop;
	struct io_child *child;
	char folder[32], config[64], body[64];
	int tls_port, clear_port;
	bool ended;
};

static struct server server;

static void server_ended(void *arg, const struct io_child_result *result)
{
	(void)arg;
	(void)result;
	server.ended = true;
}

static void write_files(void)
{
	FILE *file = fopen(server.config, "w");

	assert_non_null(file);
	fprintf(file,
		"daemon off; master_process off; pid pid; error_log log;\n"
		"events { worker_connections 64; }\n"
		"http { access_log off; client_body_temp_path .; proxy_temp_path .;\n"
		"fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .; gzip on;\n"
		"gzip_types *; server { listen 127.0.0.1:%d ssl http2; listen 127.0.0.1:%d http2;\n"
		"root .; ssl_certificate %s; ssl_certificate_key %s; } }\n",
		server.tls_port, server.clear_port, tls_world_certificate(server.world, TLS_GOOD),
		tls_world_key(server.world, TLS_GOOD));
	fclose(file);
	file = fopen(server.body, "w");
	assert_non_null(file);
	for (int i = 0; i < 100000; i++)
		fputs("compress me, ", file);
	fclose(file);
}

static int start_server(void **state)
{
	const char *const argv[] = { "nginx", "-p", server.folder, "-c", server.config, NULL };
	const struct io_child_options options = { .argv = argv, .environment = environment };

	(void)state;
	server.world = tls_world_create();
	server.loop = io_loop_create();
	server.tls_port = peer_unused_port();
	server.clear_port = peer_unused_port();
	snprintf(server.folder, sizeof(server.folder), "/tmp/bw-http2-XXXXXX");
	assert_non_null(mkdtemp(server.folder));
	snprintf(server.config, sizeof(server.config), "%s/nginx.conf", server.folder);
	snprintf(server.body, sizeof(server.body), "%s/body", server.folder);
	write_files();
	server.ended = io_child_start(server.loop, &options, server_ended, NULL, &server.child,
				      NULL) != BW_OK;
	return 0;
}

static int stop_server(void **state)
{
	char path[64];

	(void)state;
	io_child_stop(server.child);
	io_loop_destroy(server.loop);
	unlink(server.config);
	unlink(server.body);
	snprintf(path, sizeof(path), "%s/log", server.folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/pid", server.folder);
	unlink(path);
	rmdir(server.folder);
	tls_world_destroy(server.world);
	return 0;
}

/* Asks again until nginx listens. */
static void ask(struct request *request, const struct io_fetch_options *options)
{
	do {
		turn_once(server.loop);
		if (server.ended)
			skip();
		request_fetch(request, options);
	} while (request->result.error.failure == IO_REFUSED);
}

static void expect_http2(struct request *request)
{
	assert_string_equal(request->result.error.text, "");
	assert_int_equal(request->result.status, 200);
	assert_string_equal(request->result.http_version, "2");
	assert_int_equal(request->result.body_len, 1000);
	assert_int_equal(strncmp(request->body, "compress me, compress me", 24), 0);
	assert_true(request->result.cut);
	assert_non_null(strstr(request->headers, "content-encoding: gzip"));
}

static void tls_negotiates_http2(void **state)
{
	struct request *request = *state;
	char url[URL_MAX];
	struct io_fetch_options options = {
		.url = url,
		.max_body_bytes = 1000,
		.tls = { .verify = true, .ca_file = tls_world_authority(server.world) },
	};

	snprintf(url, sizeof(url), "https://localhost:%d/body", server.tls_port);
	ask(request, &options);
	expect_http2(request);
	assert_true(request->result.certificate.verified);
	options.version = IO_HTTP_1_1;
	ask(request, &options);
	assert_int_equal(request->result.status, 200);
	assert_string_equal(request->result.http_version, "1.1");
}

static void clear_text_with_prior_knowledge(void **state)
{
	struct request *request = *state;
	char url[URL_MAX];
	struct io_fetch_options options = { .url = url,
					    .max_body_bytes = 1000,
					    .version = IO_HTTP_2_PRIOR_KNOWLEDGE };

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/body", server.clear_port);
	ask(request, &options);
	expect_http2(request);
}

/* A server of HTTP/1.1 that is spoken to in HTTP/2. */
static void prior_knowledge_may_be_wrong(void **state)
{
	struct request *request = *state;
	struct script script = { .answer = "HTTP/1.1 400 Bad Request\r\n\r\n" };
	struct peer *peer = peer_start(serve_script, &script);
	const struct io_fetch_options options = { .url = url_of(peer),
						  .version = IO_HTTP_2_PRIOR_KNOWLEDGE };

	request_fetch(request, &options);
	request_expect_error(request, IO_CLOSED, "closed the connection without an answer");
	peer_stop(peer);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, request_set_up, request_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(tls_negotiates_http2),
		ROW(clear_text_with_prior_knowledge),
		ROW(prior_knowledge_may_be_wrong),
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
