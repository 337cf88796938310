/* fetch_error.c - from libcurl's codes to our classes, with sentences that name the peer.
 *
 * libcurl folds several causes into one code; errno (when it kept it) and the beginning of its own
 * text tell them apart. Whatever is not known here keeps libcurl's words.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/failure_internal.h"
#include "io/fetch_internal.h"

/* The address if one was tried, else what the URL says. */
static const char *peer_of(const struct io_fetch *fetch, char *out, size_t size)
{
	if (fetch->peer[0])
		return fetch->peer;
	snprintf(out, size, "%.200s:%d", fetch->target.host, fetch->target.port);
	return out;
}

static bool says(const struct io_fetch *fetch, const char *words)
{
	return strstr(fetch->curl_text, words) != NULL;
}

static void explain_connect(struct io_fetch *fetch, const char *peer)
{
	long error_number = fetch->socket_errno;

	if (error_number == 0)
		curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &error_number);
	if (error_number != 0)
		io_error_set_errno(&fetch->error, (int)error_number, peer);
	else
		io_error_set(&fetch->error, IO_UNREACHABLE, "connection to %s failed: %s", peer,
			     fetch->curl_text);
}

static bool was_rejected(const struct io_tls_verdict *verdict)
{
	return verdict->certificate && verdict->verify && !verdict->report_only &&
	       !verdict->certificate->verified;
}

static void explain_tls(struct io_fetch *fetch, const char *peer)
{
	struct io_error *error = &fetch->error;

	if (was_rejected(&fetch->verdict))
		io_error_set(error, IO_TLS, "TLS to %s: %s", peer,
			     fetch->verdict.certificate->verify_error);
	else if (says(fetch, "Connection reset"))
		io_error_set(error, IO_RESET, "connection reset by %s during the TLS handshake",
			     peer);
	else if (says(fetch, "unexpected eof") || says(fetch, "SSL_ERROR_SYSCALL") ||
		 says(fetch, "SSL_ERROR_ZERO_RETURN"))
		io_error_set(error, IO_CLOSED, "%s closed the connection during the TLS handshake",
			     peer);
	else if (says(fetch, "wrong version number") || says(fetch, "packet length too long") ||
		 says(fetch, "http request"))
		io_error_set(error, IO_TLS, "%s does not speak TLS", peer);
	else
		io_error_set(error, IO_TLS, "TLS to %s failed: %s", peer, fetch->curl_text);
}

static void explain_transfer(struct io_fetch *fetch, const char *peer)
{
	struct io_error *error = &fetch->error;

	if (says(fetch, "CONNECT tunnel failed"))
		io_error_set(error, IO_PROTOCOL, "the proxy %s refused: %s", peer,
			     fetch->curl_text);
	else if (says(fetch, "reset"))
		io_error_set(error, IO_RESET, "connection reset by %s", peer);
	else if (says(fetch, "chunk"))
		io_error_set(error, IO_PROTOCOL, "%s sent a broken chunked body", peer);
	else
		io_error_set(error, IO_CLOSED, "%s closed the connection too early", peer);
}

/* libcurl says "out of memory" of a header line that passes its own limit, 100 KB, too. A daemon
 * that really has no memory left does not get that far with an answer. */
static void explain_memory(struct io_fetch *fetch, const char *peer)
{
	if (fetch->headers_too_large || fetch->first_byte_us > 0)
		io_error_set(&fetch->error, IO_TOO_LARGE, "%s sent more than %d KiB of headers",
			     peer, FETCH_HEADERS_MAX >> 10);
	else
		io_error_set(&fetch->error, IO_NO_RESOURCES, "no memory for the answer of %s",
			     peer);
}

static void explain_protocol(struct io_fetch *fetch, const char *peer)
{
	if (says(fetch, "HTTP/0.9"))
		io_error_set(&fetch->error, IO_PROTOCOL, "%s did not answer with HTTP", peer);
	else
		io_error_set(&fetch->error, IO_PROTOCOL, "the answer of %s cannot be read: %s",
			     peer, fetch->curl_text);
}

void fetch_explain(struct io_fetch *fetch, CURLcode code)
{
	char text[FETCH_HOST_MAX + 16];
	const char *peer = peer_of(fetch, text, sizeof(text));

	if (!fetch->curl_text[0])
		snprintf(fetch->curl_text, sizeof(fetch->curl_text), "%s",
			 curl_easy_strerror(code));
	switch (code) {
	case CURLE_ABORTED_BY_CALLBACK: /* the error is there */
		break;
	case CURLE_COULDNT_CONNECT:
		explain_connect(fetch, peer);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		io_error_set(&fetch->error, IO_TIMED_OUT, "connection to %s timed out", peer);
		break;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
		explain_tls(fetch, peer);
		break;
	case CURLE_GOT_NOTHING:
		io_error_set(&fetch->error, IO_CLOSED, "%s closed the connection without an answer",
			     peer);
		break;
	case CURLE_PARTIAL_FILE:
		io_error_set(&fetch->error, IO_CLOSED,
			     "%s closed the connection in the middle of the body", peer);
		break;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		explain_transfer(fetch, peer);
		break;
	case CURLE_WRITE_ERROR:
	case CURLE_OUT_OF_MEMORY:
		explain_memory(fetch, peer);
		break;
	case CURLE_URL_MALFORMAT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		io_error_set(&fetch->error, IO_BAD_REQUEST, "cannot ask %s: %s", peer,
			     fetch->curl_text);
		break;
	default:
		explain_protocol(fetch, peer);
	}
}
