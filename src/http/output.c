/* output.c - three parts, one offset; one writev a turn, or a head and a sendfile. */
#include "http/output.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/xalloc.h"
#include "http/body.h"

enum { PARTS = 3 };

bool http_output_is_pending(const struct http_output *output)
{
	return output->head != NULL || output->body != NULL || output->tail != NULL;
}

void http_output_finish(struct http_output *output)
{
	free(output->head);
	http_body_release(output->body);
	*output = (struct http_output){ 0 };
}

void http_output_keep(struct http_output *output, struct http_body *body, size_t sent)
{
	bw_assert(!http_output_is_pending(output));
	*output = (struct http_output){ .body = http_body_retain(body), .sent = sent };
}

static size_t body_length(const struct http_body *body)
{
	return body != NULL ? http_body_length(body) : 0;
}

static int add_part(struct iovec *parts, int count, const char *data, size_t len, size_t *skip)
{
	if (*skip >= len) {
		*skip -= len;
		return count;
	}
	parts[count].iov_base = (char *)data + *skip;
	parts[count].iov_len = len - *skip;
	*skip = 0;
	return count + 1;
}

/* Head and body from a file: the head waits in the system for the first bytes of the body. */
static long write_file(const struct http_output *output, struct io_peer *peer, int file)
{
	const size_t body_len = body_length(output->body);
	size_t at = 0;
	long taken = 0, more;

	if (output->sent < output->head_len) {
		const struct iovec part = { output->head + output->sent,
					    output->head_len - output->sent };

		taken = io_peer_write_more(peer, &part, 1);
		if (taken < (long)part.iov_len)
			return taken;
	} else {
		at = output->sent - output->head_len;
	}
	more = io_peer_write_file(peer, file, at, body_len - at);
	if (more >= 0)
		return taken + more;
	return more == IO_PEER_AGAIN && taken > 0 ? taken : more;
}

static long write_parts(const struct http_output *output, struct io_peer *peer)
{
	struct iovec parts[PARTS];
	size_t skip = output->sent;
	int count = 0;

	count = add_part(parts, count, output->head, output->head_len, &skip);
	if (output->body != NULL)
		count = add_part(parts, count, http_body_data(output->body),
				 body_length(output->body), &skip);
	count = add_part(parts, count, output->tail, output->tail_len, &skip);
	return count > 0 ? io_peer_write(peer, parts, count) : 0;
}

/* One write from `output->sent` on; says what remains. */
static enum http_sent write_rest(struct http_output *output, struct io_peer *peer, uint64_t *bytes)
{
	const size_t body_len = body_length(output->body);
	const size_t total = output->head_len + body_len + output->tail_len;
	const bool may_be_file = output->tail == NULL && body_len > 0;
	const int file = may_be_file ? http_body_file(output->body) : -1;
	const long taken = file >= 0 ? write_file(output, peer, file) : write_parts(output, peer);

	if (taken == IO_PEER_AGAIN)
		return HTTP_SENT_NONE;
	if (taken < 0)
		return HTTP_SENT_BROKEN;
	*bytes += (uint64_t)taken;
	output->sent += (size_t)taken;
	return output->sent == total ? HTTP_SENT_ALL : HTTP_SENT_PART;
}

/* Turns what was borrowed into what is owned; the head only as far as it is still needed. */
static void keep_rest(struct http_output *output)
{
	const size_t head_sent = output->sent < output->head_len ? output->sent : output->head_len;
	const size_t left = output->head_len - head_sent;
	char *head = NULL;

	if (left > 0) {
		head = xmalloc(left);
		memcpy(head, output->head + head_sent, left);
	}
	output->head = head;
	output->head_len = left;
	output->sent -= head_sent;
	if (output->body != NULL)
		http_body_retain(output->body);
}

enum http_sent http_output_send(struct http_output *output, struct io_peer *peer,
				const struct http_piece *piece, uint64_t *bytes)
{
	enum http_sent result;

	bw_assert(!http_output_is_pending(output));
	*output = (struct http_output){
		.head = (char *)piece->head,
		.head_len = piece->head_len,
		.body = piece->body,
		.tail = piece->tail,
		.tail_len = piece->tail != NULL ? strlen(piece->tail) : 0,
	};
	result = write_rest(output, peer, bytes);
	if (result == HTTP_SENT_PART || result == HTTP_SENT_NONE)
		keep_rest(output);
	else
		*output = (struct http_output){ 0 };
	return result;
}

enum http_sent http_output_flush(struct http_output *output, struct io_peer *peer, uint64_t *bytes)
{
	enum http_sent result = write_rest(output, peer, bytes);

	if (result == HTTP_SENT_ALL || result == HTTP_SENT_BROKEN)
		http_output_finish(output);
	return result;
}
