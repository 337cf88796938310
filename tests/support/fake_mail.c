/* fake_mail.c - a mail server that answers what the script says. */
#include "support/fake_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "io/mail.h"

struct io_mail {
	struct fake_event event;
	io_mail_callback *callback;
	void *arg;
};

void fake_mail_set(struct io_loop *loop, const struct fake_mail *mail)
{
	loop->mail = *mail;
}

const char *fake_mail_sent(const struct io_loop *loop)
{
	return loop->mailed ? loop->mailed : "";
}

static void on_end(void *arg)
{
	struct io_mail *mail = arg;
	const struct fake_mail *script = &mail->event.loop->mail;
	struct io_mail_result result = {
		.code = script->code ? script->code : 250,
		.reply = script->reply ? script->reply : "250 taken",
		.refused = script->refused,
	};

	if (script->failure != IO_OK)
		fake_error(&result.error, script->failure, "mail.example:465");
	mail->callback(mail->arg, &result);
}

static void keep_mail(struct io_loop *loop, const struct io_mail_options *options)
{
	struct bw_buf text;

	bw_buf_init(&text, 0);
	bw_buf_format(&text, "server: %s\nfrom: %s\n", options->url, options->from);
	for (size_t i = 0; options->to[i]; i++)
		bw_buf_format(&text, "to: %s\n", options->to[i]);
	bw_buf_text(&text, options->plain ? "plain\n\n" : "\n");
	bw_buf_append(&text, options->message, options->message_len);
	free(loop->mailed);
	loop->mailed = bw_buf_take(&text, NULL);
}

enum bw_status io_mail_check_url(const char *url, struct bw_error *err)
{
	if (strncmp(url, "smtp://", 7) == 0 || strncmp(url, "smtps://", 8) == 0)
		return BW_OK;
	return bw_fail(err, BW_EINVAL, "not a usable mail server");
}

enum bw_status io_mail_start(struct io_loop *loop, const struct io_mail_options *options,
			     io_mail_callback *callback, void *arg, struct io_mail **out,
			     struct bw_error *err)
{
	struct io_mail *mail;

	if (io_mail_check_url(options->url, err) != BW_OK)
		return BW_EINVAL;
	keep_mail(loop, options);
	mail = xcalloc(1, sizeof(*mail));
	fake_event_init(&mail->event, loop, on_end, mail);
	mail->callback = callback;
	mail->arg = arg;
	fake_event_start(&mail->event, 0);
	*out = mail;
	return BW_OK;
}

void io_mail_stop(struct io_mail *mail)
{
	if (!mail)
		return;
	fake_event_stop(&mail->event);
	mail->event.loop->alive--;
	free(mail);
}
