/* bench_tls.c - a verified HTTPS check against what OpenSSL alone needs for the same.
 *
 * Peer: nginx with an RSA 2048 certificate from an authority made here. Both sides do a full
 * handshake on a fresh connection, verify chain and name, send one GET and read the answer; the
 * bare client has one SSL_CTX with the authority loaded. They take turns of ROUND requests in one
 * process, so that a busy machine slows both. Prints one JSON line.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/assert.h"
#include "io/fetch.h"
#include "support/authority.h"

enum { ROUNDS = 10, ROUND = 200, PARALLEL = 4, PATH_SIZE = 128, ANSWER_SIZE = 4096 };

struct place {
	char folder[PATH_SIZE / 4];
	char authority[PATH_SIZE], certificate[PATH_SIZE], key[PATH_SIZE], config[PATH_SIZE];
	int port;
	pid_t nginx;
};

static double cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The peer */

static int unused_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	bw_assert(bind(fd, (struct sockaddr *)&address, len) == 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	close(fd);
	return ntohs(address.sin_port);
}

static void write_config(const struct place *place)
{
	FILE *file = fopen(place->config, "w");

	bw_assert(file);
	fprintf(file,
		"daemon off; master_process off; pid %s/pid; error_log %s/log;\n"
		"events { worker_connections 512; }\n"
		"http { access_log off; client_body_temp_path %s; proxy_temp_path %s;\n"
		"fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s;\n"
		"server { listen 127.0.0.1:%d ssl; ssl_session_cache off;\n"
		"ssl_certificate %s; ssl_certificate_key %s;\n"
		"location / { return 200 '{\"status\":\"ok\"}'; } } }\n",
		place->folder, place->folder, place->folder, place->folder, place->folder,
		place->folder, place->folder, place->port, place->certificate, place->key);
	fclose(file);
}

static void make_place(struct place *place)
{
	const struct authority_leaf leaf = { .common_name = "localhost",
					     .alternative_names = "DNS:localhost,IP:127.0.0.1",
					     .begins_days = -1,
					     .ends_days = 90,
					     .rsa = true };
	struct authority *authority = authority_create("Bench Root", NULL);

	snprintf(place->folder, sizeof(place->folder), "/tmp/bw-bench-XXXXXX");
	bw_assert(mkdtemp(place->folder));
	snprintf(place->authority, PATH_SIZE, "%s/root.pem", place->folder);
	snprintf(place->certificate, PATH_SIZE, "%s/leaf.pem", place->folder);
	snprintf(place->key, PATH_SIZE, "%s/leaf.key", place->folder);
	snprintf(place->config, PATH_SIZE, "%s/nginx.conf", place->folder);
	authority_save(authority, place->authority);
	authority_issue(authority, &leaf, place->certificate, place->key);
	authority_destroy(authority);
	place->port = unused_port();
	write_config(place);
}

static int connect_to(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* False when there is no nginx here. */
static bool start_nginx(struct place *place)
{
	place->nginx = fork();
	if (place->nginx == 0) {
		execlp("nginx", "nginx", "-p", place->folder, "-c", place->config, (char *)NULL);
		execl("/usr/sbin/nginx", "nginx", "-p", place->folder, "-c", place->config,
		      (char *)NULL);
		_exit(127);
	}
	for (;;) {
		int fd = connect_to(place->port);

		if (fd >= 0) {
			close(fd);
			return true;
		}
		if (waitpid(place->nginx, NULL, WNOHANG) != 0)
			return false;
	}
}

static void remove_place(struct place *place)
{
	char path[PATH_SIZE];

	kill(place->nginx, SIGKILL);
	waitpid(place->nginx, NULL, 0);
	unlink(place->authority);
	unlink(place->certificate);
	unlink(place->key);
	unlink(place->config);
	snprintf(path, sizeof(path), "%s/pid", place->folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/log", place->folder);
	unlink(path);
	rmdir(place->folder);
}

/* OpenSSL alone */

static void bare_fetch(SSL_CTX *context, int port)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n"
				      "Connection: close\r\n\r\n";
	int fd = connect_to(port);
	SSL *ssl = SSL_new(context);
	char answer[ANSWER_SIZE];
	int got = SSL_set_fd(ssl, fd);

	SSL_set_tlsext_host_name(ssl, "localhost");
	SSL_set1_host(ssl, "localhost");
	bw_assert(SSL_connect(ssl) == 1);
	bw_assert(SSL_write(ssl, request, sizeof(request) - 1) > 0);
	while ((got = SSL_read(ssl, answer, sizeof(answer))) > 0)
		;
	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

/* Ours */

struct load {
	struct io_loop *loop;
	struct io_fetch_options options;
	int started, ended, failed;
};

struct slot {
	struct load *load;
	struct io_fetch *fetch;
};

static void start_one(struct slot *slot);

static void one_ended(void *arg, const struct io_fetch_result *result)
{
	struct slot *slot = arg;
	struct load *load = slot->load;

	load->ended++;
	if (result->status != 200 || !result->certificate.verified)
		load->failed++;
	io_fetch_stop(slot->fetch);
	slot->fetch = NULL;
	if (load->started < ROUND)
		start_one(slot);
	else if (load->ended == ROUND)
		io_loop_stop(load->loop);
}

static void start_one(struct slot *slot)
{
	slot->load->started++;
	bw_assert(io_fetch_start(slot->load->loop, &slot->load->options, one_ended, slot,
				 &slot->fetch, NULL) == BW_OK);
}

static void run_round(struct load *load)
{
	struct slot slots[PARALLEL];

	load->started = load->ended = 0;
	for (int i = 0; i < PARALLEL; i++) {
		slots[i] = (struct slot){ .load = load };
		start_one(&slots[i]);
	}
	io_loop_run(load->loop);
}

static int compare(struct place *place)
{
	char url[64];
	struct load load = { .loop = io_loop_create(),
			     .options = {
				     .url = url,
				     .max_body_bytes = 65536,
				     .tls = { .verify = true, .ca_file = place->authority } } };
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	double ours = 0, bare = 0;

	snprintf(url, sizeof(url), "https://localhost:%d/", place->port);
	SSL_CTX_load_verify_locations(context, place->authority, NULL);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	bare_fetch(context, place->port);
	run_round(&load);
	for (int round = 0; round < ROUNDS; round++) {
		double before = cpu_us(), between;

		run_round(&load);
		between = cpu_us();
		ours += between - before;
		for (int i = 0; i < ROUND; i++)
			bare_fetch(context, place->port);
		bare += cpu_us() - between;
	}
	printf("{\"bench\":\"tls.over_bare_openssl\",\"value\":%.2f,\"unit\":\"x\",\"limit\":1.6,"
	       "\"better\":\"lower\",\"requests\":%d,\"failed\":%d,\"cpu_us_ours\":%.0f,"
	       "\"cpu_us_bare\":%.0f}\n",
	       ours / bare, ROUNDS * ROUND, load.failed, ours / (ROUNDS * ROUND),
	       bare / (ROUNDS * ROUND));
	SSL_CTX_free(context);
	io_loop_destroy(load.loop);
	return load.failed > 0;
}

int main(void)
{
	struct place place;
	int result = 1;

	signal(SIGPIPE, SIG_IGN);
	make_place(&place);
	if (start_nginx(&place))
		result = compare(&place);
	else
		printf("{\"bench\":\"tls\",\"skipped\":\"there is no nginx here\"}\n");
	remove_place(&place);
	return result;
}
