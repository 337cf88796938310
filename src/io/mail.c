/* mail.c - a conversation of commands and replies, one step for each reply.
 *
 * Not libcurl's SMTP: it waits for the replies to a message and to QUIT inside its own call, for
 * minutes, while the loop stands still; and it ends a message that it was told to give up, so that
 * half of it may be delivered.
 *
 * A server's refusal is an answer, not a failure. One recipient that is refused does not fail the
 * mail: trying again would tell the others twice, giving up would tell nobody. The answer to QUIT
 * is not waited for.
 *
 * What stands in the buffer when STARTTLS is answered was said by whoever is in between: a server
 * says nothing more before TLS. It ends the conversation.
 */
#include "io/mail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "io/failure_internal.h"
#include "io/fetch_internal.h"

enum { LINES_MAX = 200, HOST_NAME_MAX_BYTES = 256 };

enum mail_step {
	STEP_GREETING,
	STEP_HELLO,
	STEP_STARTTLS,
	STEP_SECURING, /* nothing is to be heard */
	STEP_AUTH,     /* PLAIN, or the last word of LOGIN */
	STEP_AUTH_LOGIN,
	STEP_AUTH_USER,
	STEP_FROM,
	STEP_TO,
	STEP_DATA,
	STEP_MESSAGE,
	STEP_END,
};

struct io_mail {
	struct io_stream *stream;
	io_mail_callback *callback;
	void *arg;
	int busy; /* callbacks of the stream that are on the stack */
	bool stopped;
	enum mail_step step;
	bool secured, wants_tls;
	char *user, *password, *from, *message;
	char **to; /* ended by NULL */
	size_t message_len, next_to, accepted;
	char server[FETCH_HOST_MAX + 16];

	/* The reply that is being heard. */
	struct bw_buf heard;
	int lines, code;
	bool offers_tls, offers_plain, offers_login;

	/* The result. */
	char *reply;
	int reply_code, refused;
};

/* The end */

static void release(struct io_mail *mail)
{
	io_stream_close(mail->stream);
	for (char **to = mail->to; *to; to++)
		free(*to);
	free(mail->to);
	free(mail->user);
	free(mail->password);
	free(mail->from);
	free(mail->message);
	free(mail->reply);
	bw_buf_finish(&mail->heard);
	free(mail);
}

static void tell(struct io_mail *mail, const struct io_error *error)
{
	struct io_mail_result result = {
		.code = mail->reply_code,
		.reply = mail->reply ? mail->reply : "",
		.refused = mail->refused,
	};

	if (mail->step == STEP_END)
		return;
	mail->step = STEP_END;
	if (error)
		result.error = *error;
	mail->callback(mail->arg, &result);
}

static void fail(struct io_mail *mail, enum io_failure failure, const char *what)
{
	struct io_error error;

	io_error_set(&error, failure, "%s %s", mail->server, what);
	tell(mail, &error);
}

static void say(struct io_mail *mail, const char *text, size_t len)
{
	/* A stream that has failed says so by itself. */
	if (io_stream_write(mail->stream, text, len) == BW_ELIMIT)
		fail(mail, IO_TOO_LARGE, "takes nothing");
}

static void finish(struct io_mail *mail)
{
	(void)!io_stream_write(mail->stream, "QUIT\r\n", 6);
	tell(mail, NULL);
}

/* Commands */

static void command(struct io_mail *mail, enum mail_step step, const char *word, const char *rest)
{
	struct bw_buf line;

	bw_buf_init(&line, 0);
	bw_buf_format(&line, "%s%s\r\n", word, rest);
	mail->step = step;
	say(mail, line.data, line.len);
	bw_buf_finish(&line);
}

static void command_base64(struct io_mail *mail, enum mail_step step, const char *word,
			   const struct bw_buf *bytes)
{
	struct bw_buf text;

	bw_buf_init(&text, 0);
	bw_base64_append(&text, bytes->data, bytes->len);
	command(mail, step, word, text.data ? text.data : "");
	bw_buf_finish(&text);
}

static void command_text(struct io_mail *mail, enum mail_step step, const char *text)
{
	struct bw_buf bytes;

	bw_buf_init(&bytes, 0);
	bw_buf_text(&bytes, text ? text : "");
	command_base64(mail, step, "", &bytes);
	bw_buf_finish(&bytes);
}

static void say_hello(struct io_mail *mail)
{
	char name[HOST_NAME_MAX_BYTES] = "";

	if (gethostname(name, sizeof(name) - 1) != 0 || !name[0])
		memcpy(name, "localhost", sizeof("localhost"));
	for (char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '.' && *at != '-')
			*at = '-';
	mail->offers_tls = mail->offers_plain = mail->offers_login = false;
	command(mail, STEP_HELLO, "EHLO ", name);
}

static void say_from(struct io_mail *mail)
{
	struct bw_buf path;

	bw_buf_init(&path, 0);
	bw_buf_format(&path, "<%s>", mail->from);
	command(mail, STEP_FROM, "MAIL FROM:", path.data);
	bw_buf_finish(&path);
}

static void say_to(struct io_mail *mail)
{
	struct bw_buf path;

	bw_buf_init(&path, 0);
	bw_buf_format(&path, "<%s>", mail->to[mail->next_to]);
	command(mail, STEP_TO, "RCPT TO:", path.data);
	bw_buf_finish(&path);
}

static void log_in(struct io_mail *mail)
{
	struct bw_buf words;

	if (!mail->user) {
		say_from(mail);
	} else if (mail->offers_plain) {
		bw_buf_init(&words, 0);
		bw_buf_byte(&words, '\0');
		bw_buf_text(&words, mail->user);
		bw_buf_byte(&words, '\0');
		bw_buf_text(&words, mail->password ? mail->password : "");
		command_base64(mail, STEP_AUTH, "AUTH PLAIN ", &words);
		bw_buf_finish(&words);
	} else if (mail->offers_login) {
		command(mail, STEP_AUTH_LOGIN, "AUTH LOGIN", "");
	} else {
		fail(mail, IO_PROTOCOL, "offers no way to log in that is known here");
	}
}

/* A dot that begins a line is doubled, a dot alone ends it all (RFC 5321, 4.5.2). */
static void say_message(struct io_mail *mail)
{
	const char *at = mail->message, *end = at + mail->message_len;
	struct bw_buf text;

	bw_buf_init(&text, 0);
	while (at < end) {
		const char *line = memchr(at, '\n', (size_t)(end - at));
		const char *next = line ? line + 1 : end;

		if (*at == '.')
			bw_buf_byte(&text, '.');
		bw_buf_append(&text, at, (size_t)(next - at));
		at = next;
	}
	if (text.len == 0 || text.data[text.len - 1] != '\n')
		bw_buf_text(&text, "\r\n");
	bw_buf_text(&text, ".\r\n");
	mail->step = STEP_MESSAGE;
	say(mail, text.data, text.len);
	bw_buf_finish(&text);
}

/* Replies */

static void after_hello(struct io_mail *mail)
{
	if (mail->wants_tls && !mail->secured && !mail->offers_tls)
		fail(mail, IO_TLS, "does not offer TLS");
	else if (mail->wants_tls && !mail->secured)
		command(mail, STEP_STARTTLS, "STARTTLS", "");
	else
		log_in(mail);
}

static void secure(struct io_mail *mail)
{
	if (mail->heard.len > 0) {
		fail(mail, IO_PROTOCOL, "said more before TLS began");
		return;
	}
	mail->step = STEP_SECURING;
	if (io_stream_start_tls(mail->stream) != BW_OK)
		fail(mail, IO_PROTOCOL, "cannot begin TLS now");
}

static void after_recipient(struct io_mail *mail, bool is_good)
{
	mail->accepted += is_good;
	mail->refused += !is_good;
	mail->next_to++;
	if (mail->to[mail->next_to])
		say_to(mail);
	else if (mail->accepted > 0)
		command(mail, STEP_DATA, "DATA", "");
	else
		finish(mail);
}

/* 2xx, or 3xx where the server waits for more. */
static void go_on(struct io_mail *mail)
{
	switch (mail->step) {
	case STEP_GREETING:
		say_hello(mail);
		break;
	case STEP_HELLO:
		after_hello(mail);
		break;
	case STEP_STARTTLS:
		secure(mail);
		break;
	case STEP_AUTH_LOGIN:
		command_text(mail, STEP_AUTH_USER, mail->user);
		break;
	case STEP_AUTH_USER:
		command_text(mail, STEP_AUTH, mail->password);
		break;
	case STEP_AUTH:
		say_from(mail);
		break;
	case STEP_FROM:
		say_to(mail);
		break;
	case STEP_TO:
		after_recipient(mail, true);
		break;
	case STEP_DATA:
		say_message(mail);
		break;
	case STEP_MESSAGE:
	case STEP_SECURING:
	case STEP_END:
	default:
		finish(mail);
	}
}

static bool is_good(const struct io_mail *mail)
{
	bool wants_more = mail->step == STEP_AUTH_LOGIN || mail->step == STEP_AUTH_USER ||
			  mail->step == STEP_DATA;

	return mail->code / 100 == (wants_more ? 3 : 2);
}

static void take_reply(struct io_mail *mail, const char *line, size_t len)
{
	free(mail->reply);
	mail->reply = xstrndup(line, len);
	mail->reply_code = mail->code;
}

static void reply_ended(struct io_mail *mail, const char *line, size_t len)
{
	take_reply(mail, line, len);
	if (is_good(mail))
		go_on(mail);
	else if (mail->code < 400)
		fail(mail, IO_PROTOCOL, "answers what nobody asked");
	else if (mail->step == STEP_TO)
		after_recipient(mail, false);
	else if (mail->step == STEP_STARTTLS)
		fail(mail, IO_TLS, "does not offer TLS");
	else
		finish(mail);
}

static bool has_word(const char *line, size_t len, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= len; i++)
		if (strncasecmp(line + i, word, size) == 0 &&
		    (i == 0 || strchr(" =", line[i - 1])) &&
		    (i + size == len || line[i + size] == ' '))
			return true;
	return false;
}

/* "250-AUTH PLAIN LOGIN", behind the code. */
static void take_offer(struct io_mail *mail, const char *line, size_t len)
{
	if (len >= 8 && strncasecmp(line, "STARTTLS", 8) == 0)
		mail->offers_tls = true;
	if (len < 5 || strncasecmp(line, "AUTH", 4) != 0)
		return;
	mail->offers_plain = mail->offers_plain || has_word(line, len, "PLAIN");
	mail->offers_login = mail->offers_login || has_word(line, len, "LOGIN");
}

static bool is_reply(const char *line, size_t len)
{
	return len >= 3 && line[0] >= '2' && line[0] <= '5' && isdigit((unsigned char)line[1]) &&
	       isdigit((unsigned char)line[2]) && (len == 3 || line[3] == ' ' || line[3] == '-');
}

static void take_line(struct io_mail *mail, const char *line, size_t len)
{
	while (len > 0 && line[len - 1] == '\r')
		len--;
	if (!is_reply(line, len) || ++mail->lines > LINES_MAX || mail->step == STEP_SECURING) {
		fail(mail, IO_PROTOCOL, "does not speak SMTP");
		return;
	}
	mail->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	if (mail->step == STEP_HELLO && len > 4)
		take_offer(mail, line + 4, len - 4);
	if (len > 3 && line[3] == '-')
		return;
	mail->lines = 0;
	reply_ended(mail, line, len);
}

/* The first line leaves the buffer before it is looked at. */
static bool next_line(struct io_mail *mail, struct bw_buf *line)
{
	struct bw_buf *heard = &mail->heard;
	char *end = heard->len > 0 ? memchr(heard->data, '\n', heard->len) : NULL;
	size_t len;

	if (!end)
		return false;
	len = (size_t)(end - heard->data);
	bw_buf_clear(line);
	bw_buf_append(line, heard->data, len);
	bw_buf_byte(line, '\0');
	heard->len -= len + 1;
	memmove(heard->data, end + 1, heard->len + 1);
	return true;
}

/* What the stream says. Whoever stops the mail in its callback leaves its end to leave(). */

static void enter(struct io_mail *mail)
{
	mail->busy++;
}

static void leave(struct io_mail *mail)
{
	mail->busy--;
	if (mail->stopped && mail->busy == 0)
		release(mail);
}

static void on_open(void *arg)
{
	struct io_mail *mail = arg;

	enter(mail);
	if (mail->step == STEP_SECURING) {
		mail->secured = true;
		say_hello(mail);
	}
	leave(mail);
}

static void on_data(void *arg, const char *data, size_t len)
{
	struct io_mail *mail = arg;
	struct bw_buf line;

	enter(mail);
	bw_buf_init(&line, 0);
	if (mail->step != STEP_END)
		bw_buf_append(&mail->heard, data, len);
	while (mail->step != STEP_END && next_line(mail, &line))
		take_line(mail, line.data, line.len - 1);
	if (mail->heard.len > MAIL_LINE_MAX)
		fail(mail, IO_TOO_LARGE, "sent a line that does not end");
	bw_buf_finish(&line);
	leave(mail);
}

static void on_end(void *arg)
{
	struct io_mail *mail = arg;

	enter(mail);
	fail(mail, IO_CLOSED, "closed the connection in the middle");
	leave(mail);
}

static void on_failed(void *arg, const struct io_error *error)
{
	struct io_mail *mail = arg;

	enter(mail);
	tell(mail, error);
	leave(mail);
}

/* Start and stop */

static struct io_mail *copy_options(const struct io_mail_options *options)
{
	struct io_mail *mail = xcalloc(1, sizeof(*mail));
	size_t count = 0;

	while (options->to[count])
		count++;
	mail->to = xcalloc(count + 1, sizeof(*mail->to));
	for (size_t i = 0; i < count; i++)
		mail->to[i] = xstrdup(options->to[i]);
	mail->from = xstrdup(options->from);
	mail->message = xmalloc(options->message_len + 1);
	memcpy(mail->message, options->message, options->message_len);
	mail->message_len = options->message_len;
	if (options->user) {
		mail->user = xstrdup(options->user);
		mail->password = options->password ? xstrdup(options->password) : NULL;
	} else {
		fetch_take_credentials(options->url, &mail->user, &mail->password);
	}
	bw_buf_init(&mail->heard, 0);
	return mail;
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
	static const struct io_stream_events events = { on_open, on_data, on_end, on_failed };
	struct fetch_target target;
	struct io_stream_options stream = { .tls = options->tls };
	struct io_mail *mail;
	enum bw_status status = fetch_parse_mail_url(options->url, &target, err);

	if (status != BW_OK)
		return status;
	if (options->message_len > MAIL_MESSAGE_MAX || !options->to[0])
		return bw_fail(err, BW_ELIMIT, "a mail of no recipient or more than %d KiB",
			       MAIL_MESSAGE_MAX >> 10);
	mail = copy_options(options);
	mail->callback = callback;
	mail->arg = arg;
	mail->secured = target.secure;
	mail->wants_tls = !options->plain;
	snprintf(mail->server, sizeof(mail->server), "%s:%d", target.host, target.port);
	stream.host = target.host;
	stream.port = target.port;
	stream.tls.enabled = target.secure;
	status = io_stream_open(loop, &stream, &events, mail, &mail->stream, err);
	if (status == BW_OK)
		*out = mail;
	else
		release(mail);
	return status;
}

void io_mail_stop(struct io_mail *mail)
{
	if (!mail)
		return;
	mail->stopped = true;
	if (mail->busy == 0)
		release(mail);
}
