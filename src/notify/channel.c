/* channel.c - one attempt: a copy of the notice, one timer, what the kind needs, one answer.
 *
 * An attempt passes through
 *
 *     started -> finished (result kept, kind stopped) -> told (callback) -> channel_stop()
 *
 * The same timer is the time-out before it finished and the delivery after, for a kind that ends
 * inside its start(). Any later end is told at once, on the stack of the event that caused it;
 * therefore a kind touches nothing of the attempt after channel_done().
 *
 * What a kind says of its end may repeat what the other side answered, and that may repeat what it
 * was sent. So every secret of the settings, found through the kind's field table, is taken out of
 * the text before anybody sees it, whatever the kind thought of.
 *
 * Invariants: kind->stop is called where the attempt leaves "started" and nowhere else; nothing of
 * the attempt is used after the callback, which may stop it.
 */
#include "notify/channel.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "config/mask.h"

enum {
	RAW_TEXT_MAX = 4096, /* before secrets are taken out and the rest is cut */
	SECRET_MIN = 4,      /* shorter ones are no secrets, and would tear texts apart */
	VALUE_MIN = 8,       /* of a header or variable: most of them are none */
};

struct channel_attempt {
	struct io_loop *loop;
	struct channel channel;
	struct bw_arena *arena; /* of the notice and the texts of `channel` */
	struct notice notice;
	channel_callback *callback;
	void *arg;
	struct io_timer *timer;
	struct bw_mono started;
	bool starting, finished;
	struct channel_result result;
	/* the kind's data, aligned */
	_Alignas(max_align_t) char data[];
};

/* The notice */

static const char *copy_text(struct bw_arena *arena, const char *text)
{
	return text ? xarena_text(arena, text) : "";
}

static struct notice_alert copy_alert(struct bw_arena *arena, const struct notice_alert *from)
{
	struct notice_alert alert = *from;

	alert.rule = copy_text(arena, from->rule);
	alert.type = copy_text(arena, from->type);
	alert.subject = copy_text(arena, from->subject);
	alert.group = copy_text(arena, from->group);
	alert.runbook = copy_text(arena, from->runbook);
	alert.title = copy_text(arena, from->title);
	alert.message = copy_text(arena, from->message);
	return alert;
}

static struct notice copy_notice(struct bw_arena *arena, const struct notice *from)
{
	struct notice notice = *from;

	notice.channel = copy_text(arena, from->channel);
	notice.group = copy_text(arena, from->group);
	notice.remark = copy_text(arena, from->remark);
	notice.alerts = NULL;
	if (from->count > 0)
		notice.alerts = xarena_alloc(arena, from->count * sizeof(*notice.alerts));
	for (size_t i = 0; i < from->count; i++)
		notice.alerts[i] = copy_alert(arena, &from->alerts[i]);
	return notice;
}

/* Secrets */

/* Appends `text` with *** for every `secret`. */
static void hide(struct bw_buf *text, const char *secret, size_t len, size_t min)
{
	struct bw_buf masked;
	const char *rest = text->data, *found;

	if (!rest || len < min || !memmem(rest, text->len, secret, len))
		return;
	bw_buf_init(&masked, 0);
	while ((found = memmem(rest, text->len - (size_t)(rest - text->data), secret, len))) {
		bw_buf_append(&masked, rest, (size_t)(found - rest));
		bw_buf_text(&masked, CONFIG_MASK);
		rest = found + len;
	}
	bw_buf_text(&masked, rest);
	bw_buf_finish(text);
	*text = masked;
}

/* Tokens are long and no plain words. */
static bool looks_secret(const char *part, size_t len)
{
	size_t plain = strspn(part, "abcdefghijklmnopqrstuvwxyz-_");

	return len >= VALUE_MIN && plain < len;
}

/* A secret as a whole, of an address what stands behind the host, and each part that looks like a
 * token. */
static void hide_secret(struct bw_buf *text, const char *secret)
{
	static const char marks[] = "/?&=:";
	const char *host, *at;

	if (!secret)
		return;
	hide(text, secret, strlen(secret), SECRET_MIN);
	host = strstr(secret, "://");
	at = host ? strpbrk(host + 3, "/?") : secret;
	if (host && at)
		hide(text, at + 1, strlen(at + 1), SECRET_MIN);
	while (at && *at) {
		size_t len = strcspn(at, marks);

		if (looks_secret(at, len))
			hide(text, at, len, VALUE_MIN);
		at += len;
		at += strspn(at, marks);
	}
}

static void hide_values(struct bw_buf *text, const struct config_list *list)
{
	const struct config_pair *pairs = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (pairs[i].value)
			hide(text, pairs[i].value, strlen(pairs[i].value), VALUE_MIN);
}

static void hide_all(struct bw_buf *text, const struct config_field *fields, const char *settings)
{
	for (const struct config_field *field = fields; field->name; field++) {
		const void *place = settings + field->offset;

		if (field->type == CONFIG_SECRET)
			hide_secret(text, *(const char *const *)place);
		else if (field->type == CONFIG_TEXT_MAP)
			hide_values(text, place);
		else if (field->type == CONFIG_OBJECT)
			hide_all(text, field->fields, place);
	}
}

static void set_text(struct channel_attempt *attempt, const char *raw)
{
	struct channel_result *result = &attempt->result;
	struct bw_buf text, masked;

	bw_buf_init(&text, 0);
	bw_buf_init(&masked, 0);
	bw_buf_text(&text, raw);
	hide_all(&text, attempt->channel.kind->fields, attempt->channel.settings);
	config_mask_append(&masked, text.data ? text.data : "", text.len);
	bw_text_clean(masked.data ? masked.data : "", masked.len, result->text,
		      sizeof(result->text));
	bw_buf_finish(&masked);
	bw_buf_finish(&text);
}

/* To whom */

/* The host of an address, its port with it; a secret that is none says nothing. */
static void put_host(struct bw_buf *text, const char *url)
{
	const char *host = url ? strstr(url, "://") : NULL, *at;
	size_t len;

	if (!host || text->len > 0)
		return;
	host += strlen("://");
	len = strcspn(host, "/?#");
	at = memrchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	bw_buf_append(text, host, len);
}

/* All of a list of receivers; of a command its program, as arguments may hold anything. */
static void put_list(struct bw_buf *text, const struct config_field *field,
		     const struct config_list *list)
{
	const char *const *items = list->items;
	bool is_to = strcmp(field->name, "to") == 0;

	for (size_t i = 0; i < list->count && (is_to || i == 0); i++)
		bw_buf_format(text, "%s%s", i > 0 ? ", " : is_to ? " to " : "", items[i]);
}

void channel_target(const struct channel *channel, char *out, size_t size)
{
	const char *settings = channel->settings;
	struct bw_buf text;

	bw_buf_init(&text, 0);
	for (const struct config_field *field = channel->kind->fields; field->name; field++) {
		const void *place = settings + field->offset;

		if (strcmp(field->name, "proxy") == 0)
			continue;
		if (field->type == CONFIG_URL || field->type == CONFIG_SECRET)
			put_host(&text, *(const char *const *)place);
		else if (field->type == CONFIG_TEXT_LIST)
			put_list(&text, field, place);
		else if (strcmp(field->name, "chat") == 0)
			bw_buf_format(&text, "chat %s", *(const char *const *)place);
	}
	bw_text_clean(text.data ? text.data : "", text.len, out, size);
	bw_buf_finish(&text);
}

/* The life of an attempt */

static void tell(struct channel_attempt *attempt)
{
	const struct channel_result result = attempt->result;

	attempt->callback(attempt->arg, &result);
}

static void finish(struct channel_attempt *attempt, enum channel_outcome outcome, int64_t retry_us,
		   const char *text)
{
	bw_assert(!attempt->finished);
	attempt->finished = true;
	attempt->result.outcome = outcome;
	attempt->result.retry_us = outcome == CHANNEL_RETRY && retry_us > 0 ? retry_us : 0;
	attempt->result.took_us = bw_mono_since(io_loop_mono(attempt->loop), attempt->started);
	set_text(attempt, text);
	if (attempt->starting) {
		io_timer_start(attempt->timer, 0);
		return;
	}
	io_timer_stop(attempt->timer);
	attempt->channel.kind->stop(attempt);
	tell(attempt);
}

static void on_timer(void *arg)
{
	struct channel_attempt *attempt = arg;
	char text[64];

	if (attempt->finished) {
		tell(attempt);
		return;
	}
	snprintf(text, sizeof(text), "no answer within %d s",
		 (int)(CHANNEL_TIMEOUT_US / BW_SECOND_US));
	finish(attempt, CHANNEL_RETRY, 0, text);
}

struct channel_attempt *channel_start(struct io_loop *loop, const struct channel *channel,
				      const struct notice *notice, channel_callback *callback,
				      void *arg)
{
	const struct channel_kind *kind = channel->kind;
	struct channel_attempt *attempt = xcalloc(1, sizeof(*attempt) + kind->attempt_size);

	attempt->loop = loop;
	attempt->channel = *channel;
	attempt->arena = xarena_create();
	attempt->channel.name = copy_text(attempt->arena, channel->name);
	attempt->channel.page_url = copy_text(attempt->arena, channel->page_url);
	attempt->notice = copy_notice(attempt->arena, notice);
	attempt->callback = callback;
	attempt->arg = arg;
	attempt->timer = io_timer_create(loop, on_timer, attempt);
	attempt->started = io_loop_mono(loop);
	attempt->starting = true;
	io_timer_start(attempt->timer, CHANNEL_TIMEOUT_US);
	kind->start(attempt);
	attempt->starting = false;
	if (attempt->finished)
		kind->stop(attempt);
	return attempt;
}

void channel_stop(struct channel_attempt *attempt)
{
	if (!attempt)
		return;
	if (!attempt->finished)
		attempt->channel.kind->stop(attempt);
	io_timer_destroy(attempt->timer);
	bw_arena_destroy(attempt->arena);
	free(attempt);
}

/* For kinds */

const void *channel_settings(const struct channel_attempt *attempt)
{
	return attempt->channel.settings;
}

const struct notice *channel_notice(const struct channel_attempt *attempt)
{
	return &attempt->notice;
}

void *channel_data(struct channel_attempt *attempt)
{
	return attempt->data;
}

struct io_loop *channel_loop(const struct channel_attempt *attempt)
{
	return attempt->loop;
}

const char *channel_page_url(const struct channel_attempt *attempt)
{
	return attempt->channel.page_url;
}

void channel_done(struct channel_attempt *attempt, enum channel_outcome outcome, int64_t retry_us,
		  const char *format, ...)
{
	char text[RAW_TEXT_MAX];
	va_list args;

	va_start(args, format);
	bw_text_format_args(text, sizeof(text), format, args);
	va_end(args);
	finish(attempt, outcome, retry_us, text);
}
