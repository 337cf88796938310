/* detect.c - one short conversation per service, repeated once a minute.
 *
 * The same bytes are what the tcp check then sends and expects, so that a service is watched by
 * what made it known: no user name or password is needed for any of them.
 */
#include "daemon/detect.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/stream.h"

#define PATIENCE_US BW_SECOND_US

struct service {
	const char *name;
	int port;
	const char *send;
	size_t send_len;
	bool (*is_ours)(const char *text, size_t len); /* the answer so far, ended by NUL */
	const char *check;                             /* the YAML below the component's name */
};

/* One byte and no more: other servers greet with a text that may begin with the same letter. */
static bool is_postgresql(const char *text, size_t len)
{
	return len == 1 && (text[0] == 'S' || text[0] == 'N');
}

static bool is_redis(const char *text, size_t len)
{
	(void)len;
	return strncmp(text, "+PONG", 5) == 0 || strncmp(text, "-NOAUTH", 7) == 0 ||
	       strncmp(text, "-DENIED", 7) == 0;
}

static bool is_nginx(const char *text, size_t len)
{
	(void)len;
	return strncmp(text, "HTTP/", 5) == 0 && strstr(text, "\nServer: nginx") != NULL;
}

/* PostgreSQL: SSLRequest (protocol documentation, "Message Formats") is answered with one byte. */
static const struct service services[] = {
	{ "postgresql", 5432, "\0\0\0\010\004\322\026\057", 8, is_postgresql,
	  "    tcp: { host: 127.0.0.1, port: 5432, send: "
	  "\"\\\\x00\\\\x00\\\\x00\\\\x08\\\\x04\\\\xd2"
	  "\\\\x16\\\\x2f\", expect: \"/^[SN]$/\" }\n" },
	{ "redis", 6379, "PING\r\n", 6, is_redis,
	  "    tcp: { host: 127.0.0.1, port: 6379, send: \"PING\\\\r\\\\n\", "
	  "expect: \"/PONG|NOAUTH|DENIED/\" }\n" },
	{ "nginx", 80, "HEAD / HTTP/1.0\r\n\r\n", 19, is_nginx,
	  "    http: { url: \"http://127.0.0.1/\", expect: { status: [2xx, 3xx, 4xx] } }\n" },
};

enum { SERVICES = sizeof(services) / sizeof(services[0]), ANSWER_MAX = 1024 };

struct probe {
	struct detect *detect;
	const struct service *service;
	struct io_stream *stream;
	bool seen;
	char answer[ANSWER_MAX]; /* ended by NUL; may come in pieces */
	size_t answer_len;
};

struct detect {
	struct io_loop *loop;
	io_callback *changed;
	void *arg;
	struct io_timer *again, *patience;
	struct probe probes[SERVICES];
};

static void end_probe(struct probe *probe)
{
	io_stream_close(probe->stream);
	probe->stream = NULL;
}

static void on_open(void *arg)
{
	struct probe *probe = arg;

	if (io_stream_write(probe->stream, probe->service->send, probe->service->send_len) != BW_OK)
		end_probe(probe);
}

static void on_data(void *arg, const char *data, size_t len)
{
	struct probe *probe = arg;
	struct detect *detect = probe->detect;

	if (len > ANSWER_MAX - 1 - probe->answer_len)
		len = ANSWER_MAX - 1 - probe->answer_len;
	memcpy(probe->answer + probe->answer_len, data, len);
	probe->answer_len += len;
	probe->answer[probe->answer_len] = '\0';
	probe->seen = probe->service->is_ours(probe->answer, probe->answer_len);
	if (probe->seen || probe->answer_len == ANSWER_MAX - 1)
		end_probe(probe);
	if (probe->seen)
		detect->changed(detect->arg);
}

static void on_end(void *arg)
{
	end_probe(arg);
}

static void on_failed(void *arg, const struct io_error *error)
{
	(void)error; /* not there: nothing to watch */
	end_probe(arg);
}

static const struct io_stream_events probe_events = {
	.on_open = on_open,
	.on_data = on_data,
	.on_end = on_end,
	.on_failed = on_failed,
};

static void start_probe(struct probe *probe)
{
	const struct io_stream_options options = { .host = "127.0.0.1",
						   .port = probe->service->port };

	probe->answer_len = 0;
	if (io_stream_open(probe->detect->loop, &options, &probe_events, probe, &probe->stream,
			   NULL) != BW_OK)
		probe->stream = NULL;
}

static void look(void *arg)
{
	struct detect *detect = arg;

	for (int i = 0; i < SERVICES; i++)
		if (!detect->probes[i].seen && detect->probes[i].stream == NULL)
			start_probe(&detect->probes[i]);
	io_timer_start(detect->patience, PATIENCE_US);
	io_timer_start(detect->again, DETECT_EVERY_US);
}

static void give_up(void *arg)
{
	struct detect *detect = arg;

	for (int i = 0; i < SERVICES; i++)
		end_probe(&detect->probes[i]);
}

struct detect *detect_create(struct io_loop *loop, io_callback *changed, void *arg)
{
	struct detect *detect = xcalloc(1, sizeof(*detect));

	detect->loop = loop;
	detect->changed = changed;
	detect->arg = arg;
	for (int i = 0; i < SERVICES; i++)
		detect->probes[i] = (struct probe){ .detect = detect, .service = &services[i] };
	detect->again = io_timer_create(loop, look, detect);
	detect->patience = io_timer_create(loop, give_up, detect);
	look(detect);
	return detect;
}

void detect_destroy(struct detect *detect)
{
	if (detect == NULL)
		return;
	give_up(detect);
	io_timer_destroy(detect->again);
	io_timer_destroy(detect->patience);
	free(detect);
}

void detect_write_config(const struct detect *detect, const char *own_address, struct bw_buf *out)
{
	bw_buf_text(out, "components:\n"
			 "  - name: host\n"
			 "    group: system\n"
			 "    host: {}\n");
	if (own_address != NULL)
		bw_buf_format(out,
			      "  - name: bellwether\n"
			      "    group: system\n"
			      "    http: { url: \"http://%s/health/live\" }\n",
			      own_address);
	for (int i = 0; detect != NULL && i < SERVICES; i++)
		if (detect->probes[i].seen)
			bw_buf_format(out, "  - name: %s\n    group: services\n%s",
				      services[i].name, services[i].check);
}
