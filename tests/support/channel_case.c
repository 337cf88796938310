/* channel_case.c - parse, decode, prepare: the way of the daemon without its outbox. */
#include "support/channel_case.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/xalloc.h"
#include "config/decode.h"
#include "config/document.h"
#include "config/report.h"

struct parts {
	struct bw_arena *arena;
	struct config_complaints *complaints;
	struct config_document *document;
	void *settings;
};

static void prepare(struct channel_case *channel_case, const char *text)
{
	struct parts *parts = channel_case->parts;
	const struct channel_kind *kind = channel_case->channel.kind;
	struct config_decoder decoder = { parts->arena, parts->complaints };
	const struct config_node *root;

	parts->settings = xarena_alloc(parts->arena, kind->settings_size);
	parts->document = config_document_parse("case.yaml", text, strlen(text), parts->complaints);
	root = config_document_root(parts->document);
	config_decode_fields(&decoder, root, kind->fields, parts->settings);
	if (kind->prepare && config_error_count(parts->complaints) == 0)
		kind->prepare(parts->settings, parts->complaints, root);
	channel_case->is_good = config_error_count(parts->complaints) == 0;
	channel_case->channel.settings = parts->settings;
}

struct channel_case *channel_case_create(struct io_loop *loop, const struct channel_kind *kind,
					 const char *settings)
{
	struct channel_case *channel_case = xcalloc(1, sizeof(*channel_case));
	struct parts *parts = xcalloc(1, sizeof(*parts));

	channel_case->loop = loop;
	channel_case->channel = (struct channel){ .name = "case", .kind = kind, .page_url = "" };
	channel_case->parts = parts;
	parts->arena = xarena_create();
	parts->complaints = config_complaints_create("case.yaml");
	prepare(channel_case, settings);
	channel_case->report = config_complaints_report(parts->complaints);
	return channel_case;
}

void channel_case_stop(struct channel_case *channel_case)
{
	channel_stop(channel_case->attempt);
	channel_case->attempt = NULL;
}

void channel_case_destroy(struct channel_case *channel_case)
{
	struct parts *parts = channel_case->parts;

	channel_case_stop(channel_case);
	if (channel_case->channel.kind->release)
		channel_case->channel.kind->release(parts->settings);
	config_complaints_destroy(parts->complaints);
	config_document_destroy(parts->document);
	bw_arena_destroy(parts->arena);
	free(parts);
	free(channel_case->report);
	free(channel_case);
}

static void on_result(void *arg, const struct channel_result *result)
{
	struct channel_case *channel_case = arg;

	channel_case->results++;
	channel_case->result = *result;
	if (channel_case->on_result)
		channel_case->on_result(channel_case->arg);
}

void channel_case_send(struct channel_case *channel_case, const struct notice *notice)
{
	channel_case_stop(channel_case);
	channel_case->attempt = channel_start(channel_case->loop, &channel_case->channel, notice,
					      on_result, channel_case);
}
