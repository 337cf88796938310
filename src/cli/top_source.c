/* top_source.c - a fetch for each slot. */
#include "cli/top_source.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"

enum { BODY_MAX = 64 << 20, HEADER_MAX = 128 };

struct slot {
	struct top_source *source;
	enum top_slot which;
	struct io_fetch *fetch; /* or NULL */
	struct bw_mono asked;
};

struct top_source {
	struct io_loop *loop;
	char *base;            /* without a slash at its end */
	const char *unix_path; /* or NULL */
	top_source_answer *answer;
	void *arg;
	struct slot slots[TOP_SLOTS];
};

struct top_source *top_source_create(struct io_loop *loop, const char *url,
				     top_source_answer *answer, void *arg)
{
	struct top_source *source = xcalloc(1, sizeof *source);
	bool is_unix = strncmp(url, "unix:", 5) == 0;
	const char *base = is_unix ? "http://localhost" : url;
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	*source = (struct top_source){ .loop = loop,
				       .base = xstrndup(base, len),
				       .unix_path = is_unix ? url + 5 : NULL,
				       .answer = answer,
				       .arg = arg };
	for (size_t i = 0; i < TOP_SLOTS; i++) {
		source->slots[i].source = source;
		source->slots[i].which = (enum top_slot)i;
	}
	return source;
}

void top_source_drop(struct top_source *source, enum top_slot slot)
{
	io_fetch_stop(source->slots[slot].fetch);
	source->slots[slot].fetch = NULL;
}

void top_source_destroy(struct top_source *source)
{
	for (size_t i = 0; i < TOP_SLOTS; i++)
		top_source_drop(source, (enum top_slot)i);
	free(source->base);
	free(source);
}

static void take(void *arg, const struct io_fetch_result *result)
{
	struct slot *slot = arg;
	struct io_fetch *fetch = slot->fetch;

	slot->fetch = NULL;
	slot->source->answer(slot->source->arg, slot->which, result, slot->asked);
	io_fetch_stop(fetch);
}

enum bw_status top_source_ask(struct top_source *source, enum top_slot slot,
			      const struct top_question *question, struct bw_error *err)
{
	char known[HEADER_MAX];
	const char *headers[] = { *question->etag ? known : NULL, NULL };
	struct io_fetch_options options = { .method = question->is_post ? "POST" : "GET",
					    .headers = headers,
					    .unix_path = source->unix_path,
					    .max_body_bytes = BODY_MAX,
					    .tls = { .verify = true } };
	enum bw_status status;
	struct bw_buf url;

	top_source_drop(source, slot);
	bw_text_format(known, sizeof known, "If-None-Match: %s", question->etag);
	bw_buf_init(&url, 0);
	bw_buf_format(&url, "%s%s", source->base, question->path);
	options.url = url.data;
	source->slots[slot].asked = io_loop_mono(source->loop);
	status = io_fetch_start(source->loop, &options, take, &source->slots[slot],
				&source->slots[slot].fetch, err);
	bw_buf_finish(&url);
	return status;
}

bool top_source_is_asking(const struct top_source *source, enum top_slot slot)
{
	return source->slots[slot].fetch != NULL;
}

void top_source_expire(struct top_source *source)
{
	struct bw_mono now = io_loop_mono(source->loop);

	for (size_t i = 0; i < TOP_SLOTS; i++) {
		struct slot *slot = &source->slots[i];

		if (!slot->fetch || bw_mono_since(now, slot->asked) <= TOP_PATIENCE_US)
			continue;
		top_source_drop(source, slot->which);
		source->answer(source->arg, slot->which, NULL, slot->asked);
	}
}

void top_source_encode(struct bw_buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < 0x80 && (isalnum(byte) || strchr("-._~", byte)))
			bw_buf_byte(out, (char)byte);
		else
			bw_buf_format(out, "%%%02X", byte);
	}
}
