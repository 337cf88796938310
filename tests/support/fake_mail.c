/* fake_mail.c - a mail server that nobody reaches: every connection is refused. */
#include "support/fake_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/mail.h"

struct io_mail {
	struct fake_event event;
	io_mail_callback *callback;
	void *arg;
};

static void on_end(void *arg)
{
	struct io_mail *mail = arg;
	struct io_mail_result result = { .reply = "" };

	fake_error(&result.error, IO_REFUSED, "the mail server");
	mail->callback(mail->arg, &result);
}

enum bw_status io_mail_check_url(const char *url, struct bw_error *err)
{
	if (strncmp(url, "smtp://", 7) == 0 || strncmp(url, "smtps://", 8) == 0)
		return BW_OK;
	return bw_fail(err, BW_EINVAL, "no mail server");
}

enum bw_status io_mail_start(struct io_loop *loop, const struct io_mail_options *options,
			     io_mail_callback *callback, void *arg, struct io_mail **out,
			     struct bw_error *err)
{
	struct io_mail *mail;
	enum bw_status status = io_mail_check_url(options->url, err);

	if (status != BW_OK)
		return status;
	mail = xcalloc(1, sizeof(*mail));
	mail->callback = callback;
	mail->arg = arg;
	fake_event_init(&mail->event, loop, on_end, mail);
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
