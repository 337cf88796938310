/* mail.c - a mail is a transfer like any other: the life of fetch.c, with other options.
 *
 * A server's refusal is an answer, not a failure. The lines it sent are kept in the place of
 * headers, so the last one explains; libcurl's own code may be that of the answer to QUIT.
 *
 * One recipient that is refused does not fail the mail: trying again would tell the others twice,
 * giving up would tell nobody.
 *
 * Traps: when a connection ends libcurl says QUIT and waits for the answer, inside its own call, for
 * up to two minutes, while the loop stands still. So as soon as QUIT is sent nothing more is
 * received: the wait ends at once. And when a transfer is taken back half-way it ends the message,
 * so that half of it might be delivered, and waits as well: the sockets are cut before. It also
 * waits there for the reply to a whole message, for REPLY_TIMEOUT_S at most.
 */
#include "io/mail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/fetch_internal.h"

enum { REPLY_TIMEOUT_S = 10 };

struct io_mail {
	struct io_fetch *fetch;
	io_mail_callback *callback;
	void *arg;
};

struct replies {
	const char *last; /* the line that counts; what answers QUIT does not */
	size_t last_len;
	int code, refusals;
};

/* "250 2.1.5 Ok": the last line of a reply has a blank behind its code. */
static bool is_reply(const char *line, size_t len)
{
	return len >= 4 && line[3] == ' ' && line[0] >= '2' && line[0] <= '5';
}

static void take_line(struct replies *replies, const char *line, size_t len)
{
	if (!is_reply(line, len))
		return;
	replies->refusals += line[0] >= '4';
	if (memcmp(line, "221", 3) == 0)
		return;
	replies->last = line;
	replies->last_len = len;
	replies->code = (int)strtol(line, NULL, 10);
}

static struct replies read_replies(const char *lines, size_t len)
{
	struct replies replies = { .last = "" };
	const char *line = lines, *end = lines + len, *next;

	while ((next = memmem(line, (size_t)(end - line), "\r\n", 2))) {
		take_line(&replies, line, (size_t)(next - line));
		line = next + 2;
	}
	take_line(&replies, line, (size_t)(end - line));
	return replies;
}

int fetch_mail_code(const struct io_fetch *fetch)
{
	return read_replies(fetch->head.data ? fetch->head.data : "", fetch->head.len).code;
}

static void on_end(void *arg, const struct io_fetch_result *transfer)
{
	struct io_mail *mail = arg;
	struct replies replies = read_replies(transfer->headers, transfer->headers_len);
	char *reply = xstrndup(replies.last, replies.last_len);
	struct io_mail_result result = {
		.error = transfer->error,
		.code = replies.code,
		.reply = reply,
		.refused = replies.refusals,
	};

	mail->callback(mail->arg, &result);
	free(reply);
}

static struct fetch_mail *copy_mail(const struct io_mail_options *options)
{
	struct fetch_mail *mail = xcalloc(1, sizeof(*mail));
	size_t count = 0;

	while (options->to[count])
		count++;
	mail->to = xcalloc(count + 1, sizeof(*mail->to));
	for (size_t i = 0; i < count; i++)
		mail->to[i] = xstrdup(options->to[i]);
	mail->from = xstrdup(options->from);
	mail->message = xmalloc(options->message_len + 1);
	memcpy(mail->message, options->message, options->message_len);
	mail->len = options->message_len;
	mail->plain = options->plain;
	return mail;
}

void fetch_free_mail(struct fetch_mail *mail)
{
	if (!mail)
		return;
	for (char **to = mail->to; *to; to++)
		free(*to);
	free(mail->to);
	free(mail->from);
	free(mail->message);
	free(mail);
}

static size_t give_message(char *out, size_t size, size_t count, void *arg)
{
	struct fetch_mail *mail = arg;
	size_t room = size * count, left = mail->len - mail->sent;

	if (left > room)
		left = room;
	memcpy(out, mail->message + mail->sent, left);
	mail->sent += left;
	return left;
}

void fetch_mail_socket(struct fetch_mail *mail, int fd)
{
	if (mail->socket_count < FETCH_MAIL_SOCKETS_MAX)
		mail->sockets[mail->socket_count++] = fd;
}

void fetch_mail_cut(const struct fetch_mail *mail)
{
	for (int i = 0; i < mail->socket_count; i++)
		(void)shutdown(mail->sockets[i], SHUT_RDWR);
}

static int close_socket(void *arg, curl_socket_t fd)
{
	struct fetch_mail *mail = arg;

	for (int i = 0; i < mail->socket_count; i++)
		if (mail->sockets[i] == fd)
			mail->sockets[i] = mail->sockets[--mail->socket_count];
	return close(fd);
}

static int see_quit(CURL *easy, curl_infotype type, char *data, size_t size, void *arg)
{
	struct fetch_mail *mail = arg;

	(void)easy;
	if (type != CURLINFO_HEADER_OUT || size < 4 || memcmp(data, "QUIT", 4) != 0)
		return 0;
	for (int i = 0; i < mail->socket_count; i++)
		(void)shutdown(mail->sockets[i], SHUT_RD);
	return 0;
}

static void set_sockets(CURL *easy, struct fetch_mail *mail)
{
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, mail);
	curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, see_quit);
	curl_easy_setopt(easy, CURLOPT_DEBUGDATA, mail);
	curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
}

bool fetch_set_mail(struct io_fetch *fetch)
{
	CURL *easy = fetch->easy;
	struct fetch_mail *mail = fetch->mail;

	for (char **to = mail->to; *to; to++) {
		struct curl_slist *longer = curl_slist_append(fetch->recipients, *to);

		if (!longer)
			return false;
		fetch->recipients = longer;
	}
	curl_easy_setopt(easy, CURLOPT_URL, fetch->url);
	curl_easy_setopt(easy, CURLOPT_PORT, (long)fetch->target.port);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_USE_SSL,
			 (long)(mail->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail->from);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, fetch->recipients);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->len);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_message);
	curl_easy_setopt(easy, CURLOPT_READDATA, mail);
	curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)REPLY_TIMEOUT_S);
	set_sockets(easy, mail);
	return true;
}

enum bw_status io_mail_check_url(const char *url, struct bw_error *err)
{
	struct fetch_target target;

	return fetch_parse_mail_url(url, &target, err);
}

enum bw_status io_mail_start(struct io_loop *loop, const struct io_mail_options *options,
			     io_mail_callback *callback, void *arg, struct io_mail **out,
			     struct bw_error *err)
{
	struct io_fetch_options transfer = {
		.url = options->url,
		.user = options->user,
		.password = options->password,
		.tls = options->tls,
	};
	struct fetch_target target;
	struct io_mail *mail;
	enum bw_status status = fetch_parse_mail_url(options->url, &target, err);

	if (status == BW_OK)
		status = io_tls_check_options(&options->tls, err);
	if (status != BW_OK)
		return status;
	mail = xcalloc(1, sizeof(*mail));
	mail->callback = callback;
	mail->arg = arg;
	mail->fetch = fetch_create(loop, &transfer, &target, on_end, mail);
	mail->fetch->mail = copy_mail(options);
	*out = mail;
	return BW_OK;
}

void io_mail_stop(struct io_mail *mail)
{
	if (!mail)
		return;
	io_fetch_stop(mail->fetch);
	free(mail);
}
