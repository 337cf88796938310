/* fetch_setup.c - every option of an easy handle, in one place.
 *
 * Traps, each of them measured or met:
 * - A look-up by libcurl starts a thread. Names are given as "+host:port:addresses"; the '+' lets
 *   the entry grow old, so that thousands of hosts do not pile up in the cache.
 * - Debian's libcurl has a CAPATH built in, which defeats its cache of authorities: 24 ms a
 *   handshake. libcurl verifies nothing here; our callback does, with our store.
 * - Without a proxy set to "" the environment's would be used.
 * - A redirect is never followed by libcurl: it would look the next name up itself, and decide by
 *   its own rules who sees the credentials.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/xalloc.h"
#include "io/failure_internal.h"
#include "io/fetch_internal.h"

/* Seconds. Used at once, but libcurl counts in whole seconds and the clock may turn in between. */
enum { NAME_LIFETIME_S = 2 };

/* What comes in */

static bool is_status_line(const char *line, size_t len)
{
	return len > 5 && memcmp(line, "HTTP/", 5) == 0;
}

static size_t take_header(char *line, size_t size, size_t count, void *arg)
{
	struct io_fetch *fetch = arg;
	size_t len = size * count;

	if (is_status_line(line, len)) {
		bw_buf_clear(&fetch->head);
		return len;
	}
	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n'))
		len--;
	if (len == 0)
		return size * count;
	if (fetch->head.len > 0)
		bw_buf_text(&fetch->head, "\r\n");
	bw_buf_append(&fetch->head, line, len);
	if (fetch->head.status == BW_OK)
		return size * count;
	fetch->headers_too_large = true;
	return 0;
}

static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
	struct io_fetch *fetch = arg;
	size_t len = size * count;
	size_t max = fetch->options.max_body_bytes;
	size_t room;

	fetch->body_seen += len;
	if (max == 0) {
		fetch->cut = fetch->body_seen > FETCH_UNKEPT_BODY_MAX;
		return fetch->cut ? 0 : len;
	}
	room = max - fetch->body.len;
	fetch->cut = len > room;
	bw_buf_append(&fetch->body, data, fetch->cut ? room : len);
	return fetch->cut ? 0 : len;
}

/* Sockets */

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct io_fetch *fetch = arg;
	struct io_address seen = { .len = address->addrlen };
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			address->protocol);

	(void)purpose;
	if (address->addrlen <= sizeof(seen.storage)) {
		memcpy(&seen.storage, &address->addr, address->addrlen);
		io_address_text(&seen, fetch->peer, sizeof(fetch->peer));
	}
	if (fd < 0) {
		fetch->socket_errno = errno;
		return CURL_SOCKET_BAD;
	}
	return fd;
}

static CURLcode adopt_context(CURL *easy, void *context, void *arg)
{
	struct io_fetch *fetch = arg;

	(void)easy;
	if (io_tls_adopt_context(context, &fetch->options.tls, &fetch->verdict, &fetch->error) !=
	    BW_OK)
		return CURLE_ABORTED_BY_CALLBACK;
	return CURLE_OK;
}

/* What goes out */

/* Any other header may be a key under a name of its own (X-Api-Key). */
static bool is_harmless(const char *line)
{
	return strncasecmp(line, "accept", 6) == 0 || strncasecmp(line, "content-", 8) == 0 ||
	       strncasecmp(line, "user-agent:", 11) == 0;
}

static bool add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer)
		*list = longer;
	return longer != NULL;
}

static bool is_content_header(const char *line)
{
	return strncasecmp(line, "content-", 8) == 0;
}

static bool set_headers(struct io_fetch *fetch, bool trusted)
{
	const char *const *lines = fetch->options.headers;

	for (size_t i = 0; lines && lines[i]; i++) {
		if ((!trusted && !is_harmless(lines[i])) ||
		    (fetch->as_get && is_content_header(lines[i])))
			continue;
		if (!add_line(&fetch->headers, lines[i]))
			return false;
	}
	if (trusted && fetch->bearer_line && !add_line(&fetch->headers, fetch->bearer_line))
		return false;
	curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
	return true;
}

static void set_method(struct io_fetch *fetch)
{
	const struct io_fetch_options *options = &fetch->options;
	const char *method = options->method;

	if (fetch->as_get)
		return;
	if (options->body) {
		curl_easy_setopt(fetch->easy, CURLOPT_POSTFIELDS, options->body);
		curl_easy_setopt(fetch->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)options->body_len);
	}
	if (method && strcmp(method, "HEAD") == 0)
		curl_easy_setopt(fetch->easy, CURLOPT_NOBODY, 1L);
	else if (method)
		curl_easy_setopt(fetch->easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_credentials(struct io_fetch *fetch)
{
	const struct io_fetch_options *options = &fetch->options;

	if (!options->user && !options->password)
		return;
	curl_easy_setopt(fetch->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(fetch->easy, CURLOPT_USERNAME, options->user ? options->user : "");
	curl_easy_setopt(fetch->easy, CURLOPT_PASSWORD, options->password ? options->password : "");
}

static long curl_version_of(enum io_http_version version, bool secure)
{
	switch (version) {
	case IO_HTTP_1_1:
		return CURL_HTTP_VERSION_1_1;
	case IO_HTTP_2:
		return secure ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_0;
	case IO_HTTP_2_PRIOR_KNOWLEDGE:
		return CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
	default:
		return CURL_HTTP_VERSION_2TLS;
	}
}

static void set_request(struct io_fetch *fetch)
{
	CURL *easy = fetch->easy;
	const struct io_fetch_options *options = &fetch->options;

	curl_easy_setopt(easy, CURLOPT_URL, fetch->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 curl_version_of(options->version, fetch->target.secure));
	curl_easy_setopt(easy, CURLOPT_USERAGENT,
			 options->user_agent ? options->user_agent : "bellwether/" BW_VERSION);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	set_method(fetch);
}

/* How to connect */

/* "+host:port:address,address" */
static bool set_names(struct io_fetch *fetch, const struct io_addresses *addresses)
{
	const char *host = fetch->proxy_host ? fetch->proxy_host : fetch->target.host;
	int port = fetch->proxy_host ? fetch->proxy_port : fetch->target.port;
	struct bw_buf entry;
	bool added;

	bw_buf_init(&entry, 0);
	bw_buf_format(&entry, "+%s:%d:", host, port);
	for (int i = 0; i < addresses->count; i++)
		bw_buf_format(&entry, addresses->family[i] == AF_INET6 ? "%s[%s]" : "%s%s",
			      i > 0 ? "," : "", addresses->text[i]);
	added = entry.status == BW_OK && add_line(&fetch->names, entry.data);
	bw_buf_finish(&entry);
	curl_easy_setopt(fetch->easy, CURLOPT_RESOLVE, fetch->names);
	return added;
}

static void set_connection(struct io_fetch *fetch)
{
	CURL *easy = fetch->easy;
	const struct io_fetch_options *options = &fetch->options;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)NAME_LIFETIME_S);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)FETCH_BUFFER_SIZE);
	curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy ? options->proxy : "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
	if (options->unix_path)
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options->unix_path);
}

static void set_tls(struct io_fetch *fetch)
{
	CURL *easy = fetch->easy;
	const struct io_tls_options *options = &fetch->options.tls;

	fetch->verdict.loop = fetch->loop;
	fetch->verdict.name = options->server_name ? options->server_name : fetch->target.host;
	fetch->verdict.verify = options->verify;
	fetch->verdict.report_only = options->report_only;
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, adopt_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, fetch);
}

bool fetch_set_up(struct io_fetch *fetch, const struct io_addresses *addresses)
{
	bool trusted = fetch_same_target(&fetch->target, &fetch->first_target);
	CURL *easy;

	if (!fetcher_take_easy(fetch))
		return false;
	easy = fetch->easy;
	fetch->curl_text[0] = '\0';
	curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->curl_text);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
	set_connection(fetch);
	set_request(fetch);
	if (fetch->target.secure)
		set_tls(fetch);
	if (trusted)
		set_credentials(fetch);
	if (addresses && !set_names(fetch, addresses))
		return false;
	return set_headers(fetch, trusted);
}
