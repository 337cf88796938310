/* target_state.c - a target as others see it, and its settings as one text. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "remote/target.h"

static void add_text(struct bw_buf *out, const char *text)
{
	bw_buf_format(out, "%zu:%s\n", text != NULL ? strlen(text) + 1 : 0,
		      text != NULL ? text : "");
}

char *target_form(const struct remote_settings *settings)
{
	const char *const texts[] = {
		settings->name,
		settings->identity,
		settings->url,
		settings->user,
		settings->password,
		settings->bearer,
		settings->proxy,
		settings->tls.ca_file,
		settings->tls.server_name,
		settings->tls.key_file,
		settings->tls.certificate_file,
	};
	struct bw_buf out;

	bw_buf_init(&out, 0);
	for (size_t nth = 0; nth < sizeof(texts) / sizeof(texts[0]); nth++)
		add_text(&out, texts[nth]);
	for (size_t nth = 0; settings->headers != NULL && settings->headers[nth] != NULL; nth++)
		add_text(&out, settings->headers[nth]);
	bw_buf_byte(&out, '\n');
	for (size_t nth = 0; nth < settings->label_count; nth++) {
		add_text(&out, settings->labels[nth].name);
		add_text(&out, settings->labels[nth].value);
	}
	bw_buf_format(&out, "\n%d %" PRId64 " %" PRId64 " %" PRId64 " %zu", settings->tls.verify,
		      settings->every_us, settings->timeout_us, settings->backfill_us,
		      settings->batch_max);
	xalloc_must(out.status);
	return bw_buf_take(&out, NULL);
}

/* Between "://", and "@" where there is one, and the path. */
static void write_host(const char *url, char *out, size_t size)
{
	const char *host = strstr(url, "://");
	const char *at;
	size_t len;

	host = host != NULL ? host + 3 : url;
	len = strcspn(host, "/?#");
	at = memrchr(host, '@', len);
	if (at != NULL) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	bw_text_clean(host, len, out, size);
}

void target_state(const struct target *target, struct remote_state *out)
{
	int64_t sent_us = target->place.sent_ms * 1000;
	int64_t behind_us = io_loop_wall(target->options->loop).us - REMOTE_SETTLE_US - sent_us;

	*out = (struct remote_state){
		.name = target->settings.name,
		.sent = { sent_us },
		.last_ok = target->last_ok,
		.failing_since = target->failing_since,
		.next_try = target->next_try,
		.behind_us = sent_us > 0 && behind_us > 0 ? behind_us : 0,
		.samples = target->samples,
		.rejected = target->rejected,
		.repeated = target->repeated,
		.requests = target->requests,
		.failures = target->failures,
		.bytes = target->bytes,
		.lost_us = (int64_t)target->place.lost_ms * 1000,
		.is_refused = target->rejects || target->was_rejecting,
		.rejected_ever = target->place.rejected,
	};
	write_host(target->settings.url, out->host, sizeof(out->host));
	memcpy(out->trouble, target->trouble, sizeof(out->trouble));
	memcpy(out->loss, target->loss, sizeof(out->loss));
}
